/** Which alerts follow from a Status. */
import { describe, expect, it } from "vitest";
import { findAlerts } from "../../../../src/core/alerts/find-alerts.ts";
import type { PhaseName } from "../../../../src/core/model/attempt.ts";
import type { DriftRecord } from "../../../../src/core/model/drift.ts";
import type { SyncFailure } from "../../../../src/core/model/failure.ts";
import type { Status, SyncStatus } from "../../../../src/core/model/status.ts";
import { inSync } from "../../../support/values/status-fixture.ts";

const failure: SyncFailure = {
  code: "unhealthy",
  message: "web.service failed",
  hint: "read its log",
  details: ["a line of its log, with a password perhaps"],
  since: "2025-03-01T20:58:30.000Z",
};

function withSync(sync: Partial<SyncStatus>): Status {
  return { ...inSync, sync: { ...inSync.sync, ...sync } };
}

function inPhase(phase: PhaseName, more: Partial<SyncStatus> = {}): Status {
  const at = "2025-03-01T20:58:00.000Z";
  return withSync({ attempt: { phase, cause: "push", beganAt: at, phaseAt: at }, ...more });
}

function drifted(drift: Partial<DriftRecord>): DriftRecord {
  return {
    key: "modified web.service /etc/x",
    kind: "modified",
    unit: "web.service",
    path: "/etc/x",
    message: "/etc/x was edited",
    since: "2025-03-01T20:59:00.000Z",
    policy: "report",
    state: "told",
    toldAt: "2025-03-01T20:59:00.000Z",
    ...drift,
  };
}

const keysOf = (status: Status) => findAlerts(status)?.map(({ key }) => key);

describe("alerts of a host", () => {
  it("are none when it is in sync", () => {
    expect(findAlerts(inSync)).toEqual([]);
  });

  it.each<[PhaseName, readonly string[]]>([
    ["refused", ["rejected"]],
    ["rolled-back", ["rolled-back"]],
    ["blocked", ["blocked attempt"]],
    ["waiting", ["stalled"]],
  ])("in phase %s are %j", (phase, keys) => {
    expect(keysOf(inPhase(phase, { rejection: failure }))).toEqual(keys);
  });

  it.each<PhaseName>(["fetched", "applying", "settling", "superseded", "rolling-back"])(
    "are not known in phase %s, which will be over soon",
    (phase) => {
      expect(findAlerts(inPhase(phase, { rejection: failure }))).toBeNull();
      const later = { ...inPhase(phase, { rejection: failure }), generatedAt: "2025-03-01T22:30:00.000Z" };
      expect(findAlerts(later)).not.toBeNull();
    },
  );

  it("say why a host cannot go back, as soon as it cannot", () => {
    const returnFailure = { ...failure, message: "the disk is full" };
    const [alert] = findAlerts(inPhase("rolling-back", { rejection: failure, returnFailure })) ?? [];
    expect(alert).toMatchObject({ class: "rolled-back", reason: "web.service failed; the disk is full" });
  });

  it("name the revision, the reason, the time, and the command to type, and nothing of a log", () => {
    const [alert] = findAlerts(inPhase("refused", { rejection: failure })) ?? [];
    expect(alert).toEqual({
      key: "rejected",
      class: "rejected",
      about: inSync.sync.attempted?.commit,
      units: [],
      summary: "main@3f2a91c was rejected, and nothing was changed",
      since: failure.since,
      reason: "web.service failed",
      hint: "read its log",
      command: "gitops-agent history 3f2a91c",
    });
  });

  it("quote at most a thousand characters of a reason", () => {
    const long = { ...failure, message: "x".repeat(100_000) };
    expect(findAlerts(inPhase("refused", { rejection: long }))?.[0]?.reason).toHaveLength(1_000);
  });

  it("are one for each unit that does not work, and one for each difference", () => {
    const drift = [
      drifted({ key: "failed web.service", kind: "failed", path: null, message: "web.service failed" }),
      drifted({ key: "stopped db.service", kind: "stopped", unit: "db.service", path: null }),
      drifted({ key: "looping new.service", kind: "looping", unit: "new.service", state: "new" }),
      drifted({ key: "crashed web.service", kind: "crashed", path: null }),
      drifted({}),
      drifted({ key: "missing  /etc/y", kind: "missing", unit: null, path: "/etc/y", state: "stalled" }),
    ];
    const failedUnits = [{ unit: "web.service", message: "it failed", log: ["secret"] }];
    const alerts = findAlerts({ ...withSync({ failedUnits }), drift }) ?? [];
    expect(alerts.map(({ key, command }) => [key, command])).toEqual([
      ["degraded db.service", "gitops-agent status db.service"],
      ["degraded web.service", "gitops-agent status web.service"],
      ["drift missing  /etc/y", "gitops-agent drift /etc/y"],
      ["drift modified web.service /etc/x", "gitops-agent drift web.service"],
    ]);
    expect(JSON.stringify(alerts)).not.toContain("secret");
  });

  it("begin when the repository has not answered for five minutes", () => {
    const away = (since: string) => ({
      ...inSync,
      source: { ...inSync.source, failure: { ...failure, since } },
    });
    expect(keysOf(away("2025-03-01T20:56:00.000Z"))).toEqual([]);
    expect(keysOf(away("2025-03-01T20:55:00.000Z"))).toEqual(["unreachable"]);
  });

  it("are about what keeps the agent from its work, and what people have decided", () => {
    const agent = { ...inSync.agent, stateFailure: failure };
    const suspended = { by: "alice", at: "2025-03-01T20:00:00.000Z", because: "disk", until: null };
    const waiting = {
      for: "approval",
      until: null,
      would: { steps: 1, interrupts: [] },
      since: "2025-03-01T20:00:00.000Z",
    } as const;
    const status = { ...withSync({ suspended, waiting, stall: failure }), agent, systemd: { failure } };
    expect(keysOf(status)).toEqual(["blocked state", "blocked systemd", "stalled", "suspended", "waiting"]);
  });
});
