/** What is drawn in place: the line of a sync, and the frame of `status --watch`. Nothing of it may wrap or scroll. */
import { stripVTControlCharacters } from "node:util";
import { describe, expect, it } from "vitest";
import { fitFrame } from "../../../src/cli/render/frame.ts";
import { describeProgress, fitLine } from "../../../src/cli/render/progress.ts";
import type { StreamedEvent } from "../../../src/core/model/streamed-event.ts";

function eventOf(event: string, fields: StreamedEvent["fields"]): StreamedEvent {
  return { version: 1, id: 1, run: "r", at: "2026-01-01T00:00:00.000Z", level: "info", event, fields };
}

describe("the progress of a sync", () => {
  it("is told by the parts of a round and by what is done to units", () => {
    expect(describeProgress(eventOf("round.entered", { phase: "settle" }))).toContain("settled");
    expect(describeProgress(eventOf("unit.restarted", { unit: "web.service" }))).toBe(
      "restarted web.service",
    );
    expect(describeProgress(eventOf("unit.failed", { unit: "a\u001b[2J" }))).toBe("failed: a\\x1b[2J");
    expect(describeProgress(eventOf("repository.polled", {}))).toBeNull();
  });

  it("is cut before the end of the line, also where characters are wide", () => {
    expect(fitLine("abcdef", 4)).toBe("abc");
    expect(fitLine("日本語", 5)).toBe("日本");
    expect(fitLine("abc", 80)).toBe("abc");
  });
});

describe("a frame", () => {
  const text = `${Array.from({ length: 30 }, (_, index) => `line ${index}`).join("\n")}\n`;
  const linesOf = (columns: number, rows: number) =>
    fitFrame(text, { columns, rows }, "q ends this").split("\r\n").map(stripVTControlCharacters);

  it("has as many lines as the window, and says how many are missing", () => {
    const lines = linesOf(80, 24);
    expect([lines.length, lines[0], lines[22]]).toEqual([24, "line 0", "line 22"]);
    expect(lines[23]).toBe("… 7 more lines · q ends this");
  });

  it("fills a larger window, so that nothing of the frame before is left", () => {
    const lines = linesOf(80, 40);
    expect([lines.length, lines[30], lines[39]]).toEqual([40, "", "q ends this"]);
  });

  it("cuts long lines, and their colour with them", () => {
    const frame = fitFrame("\u001b[31mabcdefghij\u001b[0m\n", { columns: 6, rows: 3 }, "q");
    expect(stripVTControlCharacters(frame.split("\r\n")[0] ?? "")).toBe("abcde…");
    expect(frame).not.toContain("\u001b[31m");
    expect(fitFrame("\u001b[31mabc\u001b[0m\n", { columns: 6, rows: 3 }, "q")).toContain(
      "\u001b[31mabc\u001b[0m",
    );
  });
});
