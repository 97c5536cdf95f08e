import { describe, expect, it } from "vitest";
import { exitCodeOfStatus, type Status, type SyncState, type UnitRow } from "../../../src/core/status.ts";
import { inSync, running } from "../../support/status-fixture.ts";

function statusWith(changes: Partial<Status>, state: SyncState = "in-sync"): Status {
  return { ...inSync, sync: { ...inSync.sync, state }, ...changes };
}

describe("exitCodeOfStatus", () => {
  it.each([
    ["in-sync", 0],
    ["out-of-sync", 1],
    ["never", 1],
    ["unknown", 1],
    ["degraded", 3],
    ["rejected", 3],
  ] as const)("is for %s: %i", (state, code) => {
    expect(exitCodeOfStatus(statusWith({}, state))).toBe(code);
  });

  it("is 1 for drift, for a pending restart and for a failed unit", () => {
    const since = "2025-03-01T10:00:00.000Z";
    const drift = {
      key: "k",
      kind: "missing",
      unit: null,
      path: "/etc/motd",
      message: "is gone",
      since,
    } as const;
    expect(exitCodeOfStatus(statusWith({ drift: [drift] }))).toBe(1);
    expect(
      exitCodeOfStatus(statusWith({ pending: [{ unit: "a.service", because: "on-change: none" }] })),
    ).toBe(1);
    const failed: UnitRow = { ...running, activeState: "failed" };
    expect(exitCodeOfStatus(statusWith({ units: [failed] }))).toBe(1);
  });

  it("is 3 for an agent that cannot write its state, whatever else it says", () => {
    const stateFailure = { code: "state-unwritable", message: "m", hint: null, details: [], since: "s" };
    expect(exitCodeOfStatus(statusWith({ agent: { ...inSync.agent, stateFailure } }))).toBe(3);
  });

  it("does not blame the host for a repository that does not answer", () => {
    const failure = { code: "repository-unreachable", message: "m", hint: null, details: [], since: "s" };
    const source = statusWith({}).source;
    expect(exitCodeOfStatus(statusWith({ source: { ...source, failure } }))).toBe(0);
  });
});
