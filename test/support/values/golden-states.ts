/** One host in each of its states, for the golden outputs. Times are fixed, and so are the words of failures. */

import type { DriftRecord } from "../../../src/core/model/drift.ts";
import type { SyncFailure } from "../../../src/core/model/failure.ts";
import type { Status, UnitRow } from "../../../src/core/model/status.ts";
import { inSync, revision, running } from "./status-fixture.ts";
import { toldSince } from "./told-drift.ts";

const at = "2025-03-01T20:55:00.000Z";
const next = { ...revision, commit: `8bf50c0${"0".repeat(33)}`, subject: "nginx: tls 1.3 only" };
const timer: UnitRow = {
  ...running,
  name: "backup.timer",
  subState: "waiting",
  memoryBytes: null,
  cpuNs: null,
  restarts: null,
  nextElapse: "2025-03-02T02:00:00.000Z",
  lastTrigger: "2025-03-01T02:00:00.000Z",
};
const units = [timer, { ...running, name: "jellyfin.service", cpuNs: 3_600_000_000_000 }, running];
const failed: UnitRow = {
  ...running,
  activeState: "failed",
  subState: "failed",
  result: "exit-code",
  mainExit: { how: "exited", status: 1 },
  memoryBytes: null,
  finding: { word: "failed", message: "failed (result exit-code, exit status 1)", degrades: true },
};

const drift: DriftRecord = {
  key: "modified web.service /etc/systemd/system/web.service",
  kind: "modified",
  unit: "web.service",
  path: "/etc/systemd/system/web.service",
  message: "/etc/systemd/system/web.service was edited",
  ...toldSince(at),
};

function failureOf(code: string, message: string, hint: string, ...details: readonly string[]): SyncFailure {
  return { code, message, hint, details, since: at };
}

const refused = failureOf(
  "repository-invalid",
  "revision 8bf50c0 has 1 error",
  "gitops-agent check finds this before a push",
  "units/web.service:3: unknown key ExecStrat= in [Service]",
);
const unhealthy = failureOf(
  "unhealthy",
  "revision 8bf50c0 does not work: web.service failed (result exit-code, exit status 1)",
  "the host went back to main@3f2a91c; push a fix, or try this one again: gitops-agent sync --retry",
  "web.service: nginx: [emerg] no ssl_certificate is defined",
);
const attempt = { phase: "refused", cause: "push", beganAt: at, phaseAt: at } as const;

function hostWith(sync: Partial<Status["sync"]>, changes: Partial<Status> = {}): Status {
  return { ...inSync, units, ...changes, sync: { ...inSync.sync, ...sync } };
}

export const goldenStates: Readonly<Record<string, Status>> = {
  first: hostWith(
    { state: "never", applied: null, appliedAt: null, attempted: null },
    { units: [], source: { ...inSync.source, polledAt: null } },
  ),
  "in-sync": hostWith({}),
  syncing: hostWith({
    state: "out-of-sync",
    attempted: next,
    applying: next,
    attempt: { ...attempt, phase: "settling" },
  }),
  drifted: hostWith({ state: "drifted" }, { drift: [drift], units: [timer, { ...running, drift: 1 }] }),
  pending: hostWith(
    { state: "pending" },
    { pending: [{ unit: "web.service", because: "gitops.yaml says on-change: none" }] },
  ),
  degraded: hostWith(
    {
      state: "degraded",
      failedUnits: [
        { unit: "web.service", message: "web.service failed (result exit-code, exit status 1)", log: [] },
      ],
    },
    { units: [timer, failed] },
  ),
  rejected: hostWith({ state: "rejected", attempted: next, rejection: refused, attempt }),
  "rolled-back": hostWith({
    state: "rejected",
    attempted: next,
    rejection: unhealthy,
    attempt: { ...attempt, phase: "rolled-back" },
  }),
  pinned: hostWith({
    state: "pinned",
    pinned: { by: "alice", at, because: "login is broken", revision, left: next.commit, untilNext: false },
  }),
  suspended: hostWith({
    state: "suspended",
    suspended: { by: "alice", at, because: "the disk is replaced", until: "2025-03-01T23:00:00.000Z" },
  }),
  waiting: hostWith({
    state: "waiting",
    attempted: next,
    attempt: { ...attempt, phase: "waiting" },
    waiting: {
      for: "window",
      until: "2025-03-02T02:00:00.000Z",
      since: at,
      would: { steps: 3, interrupts: ["web.service"] },
    },
  }),
  stalled: hostWith({
    state: "stalled",
    attempted: next,
    stall: failureOf(
      "history-rewritten",
      "main@8bf50c0 is not built on main@3f2a91c, which is applied here",
      "if somebody meant to rewrite the branch: gitops-agent sync --accept-rewrite",
    ),
  }),
  "agent-down": hostWith(
    { state: "stale" },
    { agent: { running: false, pid: null, version: "0.1.0", startedAt: null, stateFailure: null } },
  ),
  "dbus-down": hostWith(
    { state: "unknown" },
    {
      units: [
        { ...running, activeState: "unknown", subState: "", memoryBytes: null, cpuNs: null, since: null },
      ],
      systemd: {
        failure: failureOf(
          "systemd-unreachable",
          "cannot reach systemd over D-Bus: no such file or directory",
          "systemctl status dbus",
        ),
      },
    },
  ),
};
