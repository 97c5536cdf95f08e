import { describe, expect, it } from "vitest";
import { exitCodeOfStatus, type Status, type SyncState, type UnitRow } from "../../../src/core/status.ts";

const running: UnitRow = {
  name: "web.service",
  activeState: "active",
  subState: "running",
  result: "success",
  mainExit: null,
  since: null,
  restarts: 0,
  memoryBytes: null,
  cpuNs: null,
  nextElapse: null,
  lastTrigger: null,
  lastAction: null,
  drift: 0,
  note: "",
};

function statusWith(changes: Partial<Status>, state: SyncState = "in-sync"): Status {
  return {
    version: 1,
    generatedAt: "2025-03-01T10:00:00.000Z",
    host: "media-1",
    agent: { running: true, pid: 1, version: "0.1.0", startedAt: null },
    source: { url: "/srv/hosts.git", branch: "main", polledAt: null, failure: null, verified: "unverified" },
    sync: {
      state,
      applied: null,
      appliedAt: null,
      attempted: null,
      attemptedSigner: null,
      rejection: null,
      returnFailure: null,
      applying: null,
      signedBy: null,
      failedUnits: [],
    },
    units: [running],
    drift: [],
    warnings: [],
    pending: [],
    ...changes,
  };
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

  it("does not blame the host for a repository that does not answer", () => {
    const failure = { code: "repository-unreachable", message: "m", hint: null, details: [], since: "s" };
    const source = statusWith({}).source;
    expect(exitCodeOfStatus(statusWith({ source: { ...source, failure } }))).toBe(0);
  });
});
