/** What is said of names and units that get in each other's way, and of instances that nothing starts. */
import { describe, expect, it } from "vitest";
import type { RepositoryText } from "../../../support/values/scenario.ts";
import { findingsOf } from "./findings.ts";

const run = "[Service]\nExecStart=/bin/sleep 1\n";
const enabled = "[Install]\nWantedBy=multi-user.target\n";

describe("two units that cannot run beside each other", () => {
  const text = (left: string, right: string): RepositoryText => ({
    files: {
      "units/a.service": run + left,
      "units/b.service": `[Unit]\nConflicts=a.service\n${run}${right}`,
    },
  });

  it("are warned of when both are enabled, at the one that a boot does not start", () => {
    expect(findingsOf(text(enabled, enabled))).toEqual(["! units/a.service conflicting-units"]);
    expect(findingsOf(text(enabled, enabled), null)).toEqual(["! units/a.service conflicting-units"]);
  });

  it.each([
    ["one of them is not enabled", text(enabled, "")],
    [
      "one of them is only for another state of the host",
      text(enabled, "[Install]\nWantedBy=rescue.target\n"),
    ],
    [
      "one of them is to be stopped",
      { ...text(enabled, enabled), units: { "a.service": { state: "stopped" } } },
    ],
  ] satisfies [string, RepositoryText][])("are fine when %s", (_, repository) => {
    expect(findingsOf(repository)).toEqual([]);
  });
});

describe("an instance", () => {
  it("of a template without [Install] is declared in vain", () => {
    const text = { files: { "units/w@.service": run }, links: { "units/w@a.service": "w@.service" } };
    expect(findingsOf(text)).toEqual(["! units/w@.service instance-never-started"]);
  });

  it.each<[string, RepositoryText]>([
    ["its template is enabled", { files: { "units/w@.service": run + enabled } }],
    [
      "a target wants it",
      { files: { "units/w@.service": run, "units/t.target": "[Unit]\nWants=w@a.service\n" } },
    ],
    [
      "a timer starts it",
      {
        files: { "units/w@.service": run, "units/t.timer": "[Timer]\nOnCalendar=daily\nUnit=w@a.service\n" },
      },
    ],
    [
      "gitops.yaml says that it runs",
      { files: { "units/w@.service": run }, units: { "w@a.service": { state: "running" } } },
    ],
  ])("is started when %s", (_, text) => {
    expect(findingsOf({ ...text, links: { "units/w@a.service": "w@.service" } })).toEqual([]);
  });
});

describe("a name", () => {
  it("that is one unit's alias and another unit's file is an error", () => {
    const files = { "units/a.service": `${run}[Install]\nAlias=b.service\n`, "units/b.service": run };
    expect(findingsOf({ files })).toEqual(["✖ units/a.service:4 name-taken"]);
  });

  it("that two units have as an alias is an error", () => {
    const files = {
      "units/a.service": `${run}[Install]\nAlias=x.service\n`,
      "units/b.service": `${run}[Install]\nAlias=y.service x.service\n`,
    };
    expect(findingsOf({ files })).toEqual(["✖ units/b.service:4 name-taken"]);
  });

  it("that is an alias of a masked name is an error", () => {
    const text = {
      files: { "units/a.service": `${run}[Install]\nAlias=b.service\n` },
      links: { "units/b.service": "/dev/null" },
    };
    expect(findingsOf(text)).toEqual(["✖ units/a.service:4 name-taken"]);
  });

  it("that is an alias for nothing is warned of", () => {
    const text = { files: { "units/a.service": run }, links: { "units/b.service": "aa.service" } };
    expect(findingsOf(text)).toContain("! units/b.service alias-without-unit");
  });
});
