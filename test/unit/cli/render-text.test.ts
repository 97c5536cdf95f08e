import { describe, expect, it } from "vitest";
import { renderError } from "../../../src/cli/render/error.ts";
import {
  formatAge,
  formatBytes,
  formatCpuTime,
  formatDuration,
  formatTime,
} from "../../../src/cli/render/quantities.ts";
import { createPainter, shouldUseColour } from "../../../src/cli/render/style.ts";
import { displayWidth, renderTable } from "../../../src/cli/render/table.ts";
import { AgentError } from "../../../src/core/model/errors.ts";

describe("renderError", () => {
  it("says what is wrong, shows every place, and what to do", () => {
    const error = new AgentError("config-invalid", "gitops.yaml has 2 mistakes", {
      subject: "gitops.yaml",
      hint: "correct them and push again",
      diagnostics: [
        {
          severity: "error",
          code: "unknown-key",
          file: "gitops.yaml",
          line: 12,
          column: 5,
          message: 'unknown key "on_change"',
          hint: 'did you mean "on-change"?',
          sourceLine: "    on_change: reload",
        },
        { severity: "warning", code: "no-hosts", file: "gitops.yaml", message: "no host is listed" },
      ],
    });
    expect(renderError(error, { colour: false }).split("\n")).toEqual([
      "error: gitops.yaml has 2 mistakes",
      'gitops.yaml:12:5: error: unknown key "on_change"',
      "  12 |     on_change: reload",
      "     |     ^",
      '  hint: did you mean "on-change"?',
      "gitops.yaml: warning: no host is listed",
      "hint: correct them and push again",
      "",
    ]);
  });

  it("adds the subject when the message does not name it", () => {
    const error = new AgentError("host-write-failed", "no space left", { subject: "/etc/motd" });
    expect(renderError(error, { colour: false })).toBe("error: no space left (/etc/motd)\n");
  });

  it("shows neither a stack nor raw control characters", () => {
    const error = new AgentError("sync-failed", "failed:\n\u001b[31mred", { cause: new Error("inner") });
    expect(renderError(error, { colour: true })).toBe("\u001b[31merror:\u001b[39m failed:\\n\\x1b[31mred\n");
  });
});

describe("quantities", () => {
  it("name durations by their largest unit", () => {
    const second = 1000;
    const hour = 3600 * second;
    const durations = [-5, 0, 350, 12 * second, 119 * second, 5 * hour, 47 * hour, 80 * hour];
    expect(durations.map(formatDuration)).toEqual([
      "0 s",
      "0 s",
      "350 ms",
      "12 s",
      "1 min",
      "5 h",
      "47 h",
      "3 d",
    ]);
  });

  it("give ages in seconds, also when the clock went back", () => {
    const now = Date.parse("2025-03-01T10:00:00.900Z");
    expect(formatAge("2025-03-01T10:00:00.500Z", now)).toBe("0 s");
    expect(formatAge("2025-03-01T11:00:00.000Z", now)).toBe("0 s");
    expect(formatAge(null, now)).toBe("");
  });

  it("count sizes as systemctl does", () => {
    const sizes = [0, 999, 1536, 48 * 1024 ** 2, 5 * 1024 ** 3, null];
    expect(sizes.map(formatBytes)).toEqual(["0 B", "999 B", "1.5 kB", "48 MB", "5.0 GB", ""]);
  });

  it("show CPU time, and nothing where nobody counts", () => {
    expect([2_500_000, 240_000_000_000, null].map(formatCpuTime)).toEqual(["2 ms", "4 min", ""]);
  });

  it("show the date of a time that is further than a day away, in the zone of the host", () => {
    const now = Date.parse("2025-03-01T10:00:00Z");
    expect(formatTime("2025-03-01T23:30:00Z", now, "Europe/Berlin")).toBe("00:30");
    expect(formatTime("2025-03-03T23:30:00Z", now, "Europe/Berlin")).toBe("2025-03-04 00:30");
  });
});

describe("tables", () => {
  it("line up characters that are two columns wide, or none", () => {
    expect(["abc", "温度", "🚀", "e\u0301", "● ✖"].map(displayWidth)).toEqual([3, 4, 2, 1, 3]);
    const rows = [
      [{ text: "温度" }, { text: "x" }],
      [{ text: "web" }, { text: "y" }],
    ];
    expect(renderTable(rows, createPainter(false), 80)).toEqual(["温度  x", "web   y"]);
  });

  it("are nothing without rows", () => {
    expect(renderTable([], createPainter(false), 80)).toEqual([]);
  });
});

describe("colours", () => {
  it("are for terminals only", () => {
    expect(shouldUseColour({ isTTY: true }, {})).toBe(true);
    expect(shouldUseColour({}, {})).toBe(false);
    expect(shouldUseColour({ isTTY: false }, { TERM: "xterm" })).toBe(false);
  });

  it("are off where NO_COLOR has a value or the terminal is dumb", () => {
    expect(shouldUseColour({ isTTY: true }, { NO_COLOR: "1" })).toBe(false);
    expect(shouldUseColour({ isTTY: true }, { NO_COLOR: "" })).toBe(true);
    expect(shouldUseColour({ isTTY: true }, { TERM: "dumb" })).toBe(false);
  });
});
