/** A host in sync, for tests that vary one thing about it. */
import type { Status, UnitRow } from "../../../src/core/model/status.ts";

export const revision = {
  branch: "main",
  commit: "3f2a91c0000000000000000000000000000000aa",
  subject: "jellyfin 10.11",
  author: "alice@example.org",
  committedAt: "2025-03-01T20:57:00Z",
};

export const running: UnitRow = {
  name: "web.service",
  activeState: "active",
  subState: "running",
  result: "success",
  mainExit: null,
  since: "2025-03-01T20:58:00.000Z",
  restarts: 0,
  memoryBytes: 48 * 1024 * 1024,
  cpuNs: 12_000_000_000,
  nextElapse: null,
  lastTrigger: null,
  lastAction: null,
  finding: null,
  drift: 0,
  note: "",
};

export const inSync: Status = {
  version: 1,
  generatedAt: "2025-03-01T21:00:00.000Z",
  host: "media-1",
  agent: {
    running: true,
    pid: 4711,
    version: "0.1.0",
    startedAt: "2025-03-01T09:00:00.000Z",
    stateFailure: null,
  },
  source: {
    url: "ssh://git@git.example.org/hosts.git",
    branch: "main",
    polledAt: "2025-03-01T20:59:48.000Z",
    failure: null,
    verified: "unverified",
  },
  systemd: { failure: null },
  sync: {
    state: "in-sync",
    applied: revision,
    appliedAt: "2025-03-01T20:58:00.000Z",
    attempted: revision,
    attemptedSigner: null,
    rejection: null,
    stall: null,
    returnFailure: null,
    applying: null,
    signedBy: null,
    failedUnits: [],
  },
  units: [running],
  drift: [],
  warnings: [],
  pending: [],
};
