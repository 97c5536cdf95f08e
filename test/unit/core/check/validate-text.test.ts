/** What is said of the lines of units themselves. */
import { describe, expect, it } from "vitest";
import { findingsOf } from "./findings.ts";

const run = "[Service]\nExecStart=/bin/sleep 1\n";

describe("the text of a unit", () => {
  it("is warned of where systemd ignores a line", () => {
    expect(findingsOf({ files: { "units/a.service": `stray=1\n${run}no equals\n` } })).toEqual([
      "! units/a.service:1 ignored-line",
      "! units/a.service:4 ignored-line",
    ]);
  });

  it("is refused where systemd stops reading, in a drop-in too", () => {
    expect(findingsOf({ files: { "units/a.service": `${run}[Unit\n` } })).toEqual([
      "✖ units/a.service:3 unit-not-loadable",
    ]);
    const files = { "units/a.service": run, "units/a.service.d/1.conf": "[Unit\nAfter=x.service\n" };
    expect(findingsOf({ files })).toEqual(["✖ units/a.service.d/1.conf:1 unit-not-loadable"]);
  });

  it("is refused with a line that is longer than systemd reads", () => {
    const files = { "units/a.service": `${run}Environment=A=${"x".repeat(1024 * 1024)}\n` };
    expect(findingsOf({ files })).toEqual(["✖ units/a.service:3 unit-not-loadable"]);
  });

  it("is refused in a quadlet for any line that is none", () => {
    expect(findingsOf({ files: { "units/a.container": "[Container]\nImage=x\ngarbage\n" } })).toEqual([
      "✖ units/a.container:3 quadlet-refused",
    ]);
  });
});
