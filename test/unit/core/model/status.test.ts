import { describe, expect, it } from "vitest";
import {
  exitCodeOfStatus,
  explainsPresent,
  type Status,
  type SyncState,
  type UnitRow,
} from "../../../../src/core/model/status.ts";
import { inSync, running } from "../../../support/values/status-fixture.ts";

function statusWith(changes: Partial<Status>, state: SyncState = "in-sync"): Status {
  return { ...inSync, sync: { ...inSync.sync, state }, ...changes };
}

describe("exitCodeOfStatus", () => {
  it.each([
    ["in-sync", 0],
    ["out-of-sync", 1],
    ["drifted", 1],
    ["pending", 1],
    ["never", 1],
    ["degraded", 3],
    ["rejected", 3],
    ["blocked", 3],
    ["rolling-back", 3],
    ["stalled", 3],
    ["stale", 3],
    ["unwritable", 3],
    ["unknown", 3],
  ] as const)("is for %s: %i", (state, code) => {
    expect(exitCodeOfStatus(statusWith({}, state))).toBe(code);
  });

  it("does not blame the host for a repository that does not answer", () => {
    const failure = { code: "repository-unreachable", message: "m", hint: null, details: [], since: "s" };
    const source = statusWith({}).source;
    expect(exitCodeOfStatus(statusWith({ source: { ...source, failure } }))).toBe(0);
  });
});

describe("the last action", () => {
  function rowWith(action: string, at: string, changes: Partial<UnitRow> = {}): UnitRow {
    const lastAction = { action, because: "Environment= changed", at };
    return { ...running, since: "2025-03-01T20:58:00.000Z", lastAction, ...changes };
  }

  it("explains the run that it began, and a reload in the midst of it", () => {
    expect(explainsPresent(rowWith("restarted", "2025-03-01T20:58:05.000Z"))).toBe(true);
    expect(explainsPresent(rowWith("reloaded", "2025-03-01T20:59:00.000Z"))).toBe(true);
  });

  it("does not explain a run that somebody else began after it", () => {
    expect(explainsPresent(rowWith("restarted", "2025-03-01T20:57:59.000Z"))).toBe(false);
  });

  it("does not explain with a start why a unit is down, nor with a stop why it is up", () => {
    const down = { activeState: "inactive" } as const;
    const later = "2025-03-01T20:59:00.000Z";
    expect(explainsPresent(rowWith("restarted", later, down))).toBe(false);
    expect(explainsPresent(rowWith("stopped", later, down))).toBe(true);
    expect(explainsPresent(rowWith("stopped", later))).toBe(false);
  });

  it("is not known to explain a unit that never ran", () => {
    const row = rowWith("stopped", "2025-03-01T20:59:00.000Z", { activeState: "inactive", since: null });
    expect(explainsPresent(row)).toBe(false);
  });
});
