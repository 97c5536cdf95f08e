import { fstatSync } from "node:fs";
import { describe, expect, it } from "vitest";
import type { AgentEvent } from "../../../src/core/model/events.ts";
import type { SyncFailure } from "../../../src/core/model/failure.ts";
import type { Revision } from "../../../src/core/model/revision.ts";
import { createEventLog, detectLineStyle, type EventLogOptions } from "../../../src/telemetry/log.ts";
import { toldSince } from "../../support/values/told-drift.ts";

const revision: Revision = {
  branch: "main",
  commit: "3f2a91c0000000000000000000000000000000aa",
  subject: "jellyfin 10.11",
  author: "alice@example.org",
  committedAt: "2025-03-01T09:00:00Z",
};

const failure: SyncFailure = {
  code: "repository-unreachable",
  message: "could not resolve host git.example.org",
  hint: "check the network",
  details: [],
  since: "2025-03-01T10:00:00.000Z",
};

const driftDetected: AgentEvent = {
  type: "drift.detected",
  drift: {
    key: "modified:/etc/systemd/system/web.service",
    kind: "modified",
    unit: "web.service",
    path: "/etc/systemd/system/web.service",
    message: "was edited by hand",
    ...toldSince("2025-03-01T10:00:00.000Z"),
  },
};

function logged(events: readonly AgentEvent[], options: Partial<EventLogOptions> = {}): string[] {
  const lines: string[] = [];
  const log = createEventLog({
    format: "text",
    level: "info",
    style: "journal",
    writer: { write: (line) => lines.push(line) },
    now: () => Date.parse("2025-03-01T10:11:12.345Z"),
    ...options,
  });
  for (const event of events) log.emit(event);
  return lines;
}

describe("the text log in the journal", () => {
  it("tells drift as a warning, with what a person needs first", () => {
    expect(logged([driftDetected])).toEqual([
      '<4>drift.detected unit=web.service kind=modified path=/etc/systemd/system/web.service message="was edited by hand" hint="gitops-agent drift web.service"\n',
    ]);
  });

  it("tells an applied revision as a notice", () => {
    const lines = logged([{ type: "revision.applied", revision, durationMs: 1234.56, interrupted: 2 }]);
    expect(lines).toEqual([
      '<5>revision.applied revision=main@3f2a91c00000 subject="jellyfin 10.11" interrupted=2 durationMs=1235\n',
    ]);
  });

  it("leaves out what does not apply", () => {
    expect(logged([{ type: "file.adopted", path: "/etc/motd", unit: null }])).toEqual([
      "<6>file.adopted path=/etc/motd\n",
    ]);
  });

  it("keeps hostile text on one line and harmless", () => {
    const lines = logged([
      { type: "unit.failed", unit: "web.service", message: 'said "no"\n<0>forged\u001b[2J \\n end' },
    ]);
    expect(lines).toEqual([
      '<4>unit.failed unit=web.service message="said \\"no\\"\\n<0>forged\\x1b[2J \\\\n end"\n',
    ]);
  });

  it("cuts a value that would not fit into a journal line", () => {
    const [line = ""] = logged([{ type: "unit.failed", unit: "web.service", message: "x".repeat(100_000) }]);
    expect(line.length).toBeLessThan(5000);
    expect(line).toContain("x…");
  });
});

describe("levels", () => {
  it("are silent about a poll without news, unless asked for debug", () => {
    const poll: AgentEvent = { type: "repository.polled", revision, news: false };
    expect(logged([poll])).toEqual([]);
    expect(logged([poll], { level: "debug" }).join()).toMatch(/^<7>repository\.polled /);
    expect(logged([{ ...poll, news: true }]).join()).toMatch(/^<6>repository\.polled /);
  });

  it("warn once about a repository that does not answer", () => {
    const lines = logged([
      { type: "repository.failed", failure, first: true },
      { type: "repository.failed", failure, first: false },
    ]);
    expect(lines.map((line) => line.slice(0, 3))).toEqual(["<4>", "<6>"]);
  });

  it("show only what needs a person when asked for warnings", () => {
    const lines = logged(
      [
        { type: "unit.restarted", unit: "web.service", because: "Environment= changed" },
        { type: "revision.degraded", revision, units: ["web.service", "api.service"] },
      ],
      { level: "warning" },
    );
    expect(lines).toHaveLength(1);
    expect(lines.join()).toContain('failed="web.service; api.service"');
  });
});

describe("the text log outside of the journal", () => {
  it("says time and level itself", () => {
    expect(logged([driftDetected], { style: "plain" }).join()).toMatch(
      /^2025-03-01T10:11:12Z warning drift\.detected unit=web\.service /,
    );
  });
});

describe("the JSON log", () => {
  it("is one object a line, with level, time, event and the fields", () => {
    const lines = logged([{ type: "revision.rejected", revision: null, failure }], {
      format: "json",
      style: "plain",
    });
    expect(lines).toHaveLength(1);
    expect(JSON.parse(lines.join())).toEqual({
      level: "warning",
      time: "2025-03-01T10:11:12.345Z",
      event: "revision.rejected",
      code: "repository-unreachable",
      message: "could not resolve host git.example.org",
      hint: "check the network",
      since: "2025-03-01T10:00:00.000Z",
    });
  });

  it("carries control characters escaped, and loses none", () => {
    const message = "\u001b[31m\u009b2J\nnext\u202e";
    const [line = ""] = logged([{ type: "unit.failed", unit: "web.service", message }], {
      format: "json",
      style: "plain",
    });
    expect(line.trimEnd()).toMatch(/^[\x20-\x7e]+$/);
    expect(line.endsWith("\n")).toBe(true);
    expect(JSON.parse(line)).toMatchObject({ message });
  });

  it("obeys the level", () => {
    const poll: AgentEvent = { type: "repository.polled", revision, news: false };
    expect(logged([poll, driftDetected], { format: "json", style: "plain", level: "notice" })).toHaveLength(
      1,
    );
  });
});

describe("detectLineStyle", () => {
  it("is plain without a journal", () => {
    expect(detectLineStyle(undefined)).toBe("plain");
  });

  it("is plain when the variable names another stream than standard output", () => {
    expect(detectLineStyle("8:123456789")).toBe("plain");
  });

  it("is the journal's when the variable names standard output", () => {
    const { dev, ino } = fstatSync(1, { bigint: true });
    expect(detectLineStyle(`${dev}:${ino}`)).toBe("journal");
  });

  it("begins with the priority where journald reads it, so that alerts can be filtered there", () => {
    const [line = ""] = logged([driftDetected], { format: "json", style: "journal" });
    expect(line.slice(0, 3)).toBe("<4>");
    expect(JSON.parse(line.slice(3))).toMatchObject({ event: "drift.detected" });
  });
});
