/** One host, one word: which one, when several things are to be said. */

import { describe, expect, it } from "vitest";
import {
  chooseStaleAfterMs,
  decideHeadline,
  type HeadlineInput,
  summarize,
} from "../../../../src/core/health/headline.ts";
import type { DriftRecord } from "../../../../src/core/model/drift.ts";
import type { SyncFailure } from "../../../../src/core/model/failure.ts";
import { emptyIntent, type Intent } from "../../../../src/core/model/intent.ts";
import { emptyInventory } from "../../../../src/core/model/inventory.ts";
import { emptySyncRecord, type SyncRecord } from "../../../../src/core/model/sync-record.ts";
import { choosePhaseAfter } from "../../../../src/core/record/attempt.ts";
import { attemptOf } from "../../../support/values/attempt-fixture.ts";
import { revision } from "../../../support/values/status-fixture.ts";
import { toldSince } from "../../../support/values/told-drift.ts";
import { expectedUnit } from "../../../support/values/unit-status-fixture.ts";

const at = "2026-01-01T12:00:00.000Z";
const nowMs = Date.parse(at);
const failure: SyncFailure = {
  code: "unhealthy",
  message: "web.service failed",
  hint: null,
  details: [],
  since: at,
};
const diskFull = { ...failure, code: "state-unwritable", message: "disk full" };
const otherHost = { ...failure, code: "host-changed", message: "this host is now b" };
const stopped: DriftRecord = {
  key: "stopped web.service",
  kind: "stopped",
  unit: "web.service",
  path: null,
  message: "web.service was stopped",
  ...toldSince(at),
};
const crashed: DriftRecord = { ...stopped, kind: "crashed", message: "web.service was restarted" };
const drift = {
  key: "k",
  kind: "missing",
  unit: null,
  path: "/etc/x",
  message: "m",
  ...toldSince(at),
} as const;
const other = { ...revision, commit: "b".repeat(40) };
const rejected = attemptOf(other, { phase: "refused", failure });
const beginning = { ...emptyInventory, revision, applying: revision };
const account = emptySyncRecord.applied;

type Changes = Partial<Omit<HeadlineInput, "record">> & { readonly record?: Partial<SyncRecord> };

function hostWith({ record, ...changes }: Changes): HeadlineInput {
  return {
    nowMs,
    staleAfterMs: 60_000,
    isAgentRunning: true,
    stateFailure: null,
    systemdFailure: null,
    inventory: { ...emptyInventory, revision, appliedAt: at },
    intent: emptyIntent,
    drift: [],
    ...changes,
    record: { ...emptySyncRecord, attempt: attemptOf(revision), polledAt: at, ...record },
  };
}

const pendingInventory = {
  ...emptyInventory,
  revision,
  units: { "web.service": { ...expectedUnit, pending: "on-change: none" } },
};

const suspended: Intent = {
  ...emptyIntent,
  suspension: { by: "alice", at, because: "disk", until: "2027-01-01T00:00:00.000Z" },
};
const pinned: Intent = {
  ...emptyIntent,
  pin: { by: "alice", at, because: null, revision, left: other.commit, untilNext: false },
};
const wait = { until: "2027-01-01T00:00:00.000Z", would: { steps: 1, interrupts: [] } } as const;
const waiting = attemptOf(other, { phase: "waiting", for: "window", ...wait });
const held = attemptOf(other, { phase: "waiting", for: "suspended", ...wait });

describe("the headline", () => {
  it("is in sync when there is nothing else to say, also just after a restart by systemd", () => {
    expect(decideHeadline(hostWith({}))).toBe("in-sync");
    expect(decideHeadline(hostWith({ drift: [crashed] }))).toBe("in-sync");
  });

  it.each<[string, Changes]>([
    ["unwritable", { stateFailure: diskFull }],
    ["never", { inventory: emptyInventory, record: { attempt: null } }],
    ["stale", { isAgentRunning: false }],
    [
      "stalled",
      { record: { attempt: attemptOf(other, choosePhaseAfter({ ...failure, code: "history-rewritten" })) } },
    ],
    [
      "stalled",
      { record: { attempt: attemptOf(other, choosePhaseAfter({ ...failure, code: "prune-limit" })) } },
    ],
    ["stalled", { record: { attempt: rejected, stall: otherHost } }],
    ["stalled", { inventory: emptyInventory, record: { stall: otherHost } }],
    ["rejected", { record: { attempt: rejected } }],
    ["rejected", { record: { attempt: attemptOf(other, { phase: "rolled-back", failure }) } }],
    ["blocked", { record: { attempt: attemptOf(other, { phase: "blocked", failure: diskFull }) } }],
    [
      "rolling-back",
      {
        inventory: { ...emptyInventory, revision, applying: other },
        record: { attempt: attemptOf(other, { phase: "rolling-back", failure, blockedBy: null }) },
      },
    ],
    ["out-of-sync", { inventory: { ...emptyInventory, revision, applying: other } }],
    ["out-of-sync", { record: { attempt: attemptOf(other, { phase: "fetched" }) } }],
    [
      "out-of-sync",
      { inventory: emptyInventory, record: { attempt: attemptOf(other, { phase: "applying" }) } },
    ],
    [
      "out-of-sync",
      { record: { attempt: attemptOf(revision, { phase: "superseded", by: other }) }, inventory: beginning },
    ],
    ["out-of-sync", { record: { attempt: attemptOf(revision, { phase: "settling" }) } }],
    ["unknown", { systemdFailure: failure }],
    ["degraded", { drift: [stopped] }],
    [
      "degraded",
      {
        record: {
          applied: { ...account, failedUnits: [{ unit: "web.service", message: "check failed", log: [] }] },
        },
      },
    ],
    ["stale", { record: { polledAt: "2026-01-01T11:58:00.000Z" } }],
    ["suspended", { intent: suspended }],
    ["suspended", { intent: suspended, drift: [drift] }],
    ["suspended", { intent: suspended, record: { attempt: held } }],
    ["degraded", { intent: suspended, drift: [stopped] }],
    ["rejected", { intent: suspended, record: { attempt: rejected } }],
    ["waiting", { record: { attempt: waiting }, drift: [drift] }],
    ["waiting", { inventory: emptyInventory, record: { attempt: waiting } }],
    ["degraded", { record: { attempt: waiting }, drift: [stopped] }],
    ["unknown", { record: { attempt: waiting }, systemdFailure: failure }],
    [
      "out-of-sync",
      { record: { attempt: waiting }, inventory: { ...emptyInventory, revision, applying: other } },
    ],
    ["pinned", { intent: pinned }],
    ["drifted", { intent: pinned, drift: [drift] }],
    ["drifted", { drift: [drift] }],
    ["drifted", { drift: [drift, crashed] }],
    ["degraded", { drift: [drift, stopped] }],
    ["pending", { inventory: pendingInventory }],
  ])("is %s for %j", (state, changes) => {
    expect(decideHeadline(hostWith(changes))).toBe(state);
  });

  it("has one word for a host with everything at once, and the next one when that is mended", () => {
    const everything = {
      stateFailure: diskFull,
      isAgentRunning: false,
      systemdFailure: failure,
      drift: [stopped, drift],
      inventory: pendingInventory,
      record: { stall: otherHost, attempt: rejected, polledAt: null },
    };
    const mended: [Partial<Changes>, string][] = [
      [{}, "unwritable"],
      [{ stateFailure: null }, "stale"],
      [{ isAgentRunning: true }, "stalled"],
      [{ record: { attempt: rejected, polledAt: null } }, "rejected"],
      [{ record: { polledAt: null } }, "unknown"],
      [{ systemdFailure: null }, "degraded"],
      [{ drift: [drift] }, "stale"],
      [{ record: {} }, "drifted"],
      [{ drift: [] }, "pending"],
    ];
    let host: Changes = everything;
    for (const [change, state] of mended) {
      host = { ...host, ...change };
      expect(decideHeadline(hostWith(host))).toBe(state);
    }
  });

  it("calls a repository overdue only after more than the longest pause between two polls", () => {
    expect(chooseStaleAfterMs(60_000)).toBe(20 * 60_000);
    expect(chooseStaleAfterMs(3_600_000)).toBe(4 * 3_600_000);
  });
});

describe("the summary", () => {
  it.each<[string, Changes]>([
    ["in sync with main@3f2a91c", {}],
    ["degraded at main@3f2a91c: web.service was stopped", { drift: [stopped, crashed] }],
    [
      "degraded at main@3f2a91c: web.service was stopped, and 1 more",
      { drift: [stopped, { ...stopped, unit: "b.service" }] },
    ],
    ["drifted at main@3f2a91c: 1 file", { drift: [drift] }],
    [
      "drifted at main@3f2a91c: 2 units and 1 file",
      {
        drift: [
          drift,
          { ...drift, unit: "a.service" },
          { ...drift, unit: "a.service", path: "/etc/y" },
          { ...drift, unit: "b.service" },
        ],
      },
    ],
    ["rejected at main@bbbbbbb: web.service failed", { record: { attempt: rejected } }],
    [
      "blocked at main@bbbbbbb: disk full; the agent tries again by itself",
      { record: { attempt: attemptOf(other, { phase: "blocked", failure: diskFull }) } },
    ],
    ["stalled at main@3f2a91c: this host is now b", { record: { attempt: rejected, stall: otherHost } }],
    [
      "stalled at main@bbbbbbb: would remove 3 of 4",
      {
        record: {
          attempt: attemptOf(other, {
            phase: "waiting",
            for: "person",
            failure: { ...failure, code: "prune-limit", message: "would remove 3 of 4" },
          }),
        },
      },
    ],
    [
      "out of sync at main@3f2a91c: main@bbbbbbb is not applied yet",
      { record: { attempt: attemptOf(other, { phase: "fetched" }) } },
    ],
    ["state cannot be written at main@3f2a91c: disk full", { stateFailure: diskFull }],
    [
      `in sync with main@3f2a91c; cannot fetch since ${at}: no route`,
      { record: { fetchFailure: { ...failure, message: "no route" } } },
    ],
    ["stale at main@3f2a91c: the agent does not run", { isAgentRunning: false }],
    ["never synced", { inventory: emptyInventory, record: { attempt: null } }],
  ])("is: %s", (line, changes) => {
    expect(summarize(hostWith(changes))).toBe(line);
  });

  it("names a unit once that the last sync and the last look both found", () => {
    const failedUnits = [{ unit: "web.service", message: "web.service failed", log: [] }];
    expect(summarize(hostWith({ drift: [stopped], record: { applied: { ...account, failedUnits } } }))).toBe(
      "degraded at main@3f2a91c: web.service failed",
    );
  });
});

it("the one line of systemctl status says who suspended the host also beside a worse headline", () => {
  expect(summarize(hostWith({ intent: suspended }))).toMatch(
    /^suspended at main@\w+: by alice until .*: disk$/,
  );
  expect(summarize(hostWith({ intent: suspended, drift: [stopped] }))).toContain(
    "; suspended by alice until",
  );
  expect(summarize(hostWith({ record: { attempt: waiting } }))).toMatch(
    /^waiting .*waits for the next window/,
  );
  expect(summarize(hostWith({ intent: pinned }))).toContain("pinned at main@");
});
