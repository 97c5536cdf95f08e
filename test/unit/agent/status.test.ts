import { emptyIntent } from "../../../src/core/model/intent.ts";
/** What the status calls a host between two revisions, the moments in which people look. */

import { expect, it } from "vitest";
import { buildStatus } from "../../../src/agent/status.ts";
import type { DriftRecord } from "../../../src/core/model/drift.ts";
import { emptyInventory, type Inventory } from "../../../src/core/model/inventory.ts";
import type { Revision } from "../../../src/core/model/revision.ts";
import { reportEverything } from "../../../src/core/model/rules.ts";
import { emptySyncRecord, type SyncRecord } from "../../../src/core/model/sync-record.ts";
import type { UnitStatus } from "../../../src/core/model/unit-status.ts";
import { choosePhaseAfter } from "../../../src/core/record/attempt.ts";
import { attemptOf } from "../../support/values/attempt-fixture.ts";
import { toldSince } from "../../support/values/told-drift.ts";
import { expectedUnit, runningUnit, startedUs } from "../../support/values/unit-status-fixture.ts";

function revisionOf(digit: string): Revision {
  const at = "2026-01-01T00:00:00Z";
  return { branch: "main", commit: digit.repeat(40), subject: digit, author: "Alice", committedAt: at };
}

const good = revisionOf("a");
const bad = revisionOf("b");
const fix = revisionOf("c");
const rejection = { code: "unhealthy", message: "web.service failed", hint: null, details: [], since: "" };
const returning = attemptOf(bad, { phase: "rolling-back", failure: rejection, blockedBy: null });

function syncOf(applying: Revision | null, record: Partial<SyncRecord>) {
  return buildStatus({
    nowMs: 0,
    host: "h1",
    agent: { running: true, pid: 1, version: "0", startedAt: null, stateFailure: null },
    isVerified: false,
    source: { url: "/srv/hosts.git", branch: "main" },
    inventory: { ...emptyInventory, revision: good, applying },
    record: { ...emptySyncRecord, polledAt: "1970-01-01T00:00:00Z", ...record },
    intent: emptyIntent,
    staleAfterMs: Number.POSITIVE_INFINITY,
    units: [],
    systemdFailure: null,
  }).sync;
}

it.each([
  ["the bad revision is still on the host", bad],
  ["the good one is being put back", good],
])("the status says that the host is on its way back while %s", (_, applying) => {
  expect(syncOf(applying, { attempt: returning }).state).toBe("rolling-back");
});

it("the status says that the host is not on its way back while the fix is being applied", () => {
  const sync = syncOf(fix, { attempt: attemptOf(fix, { phase: "applying" }) });
  expect(sync.state).toBe("out-of-sync");
  expect(sync.applying).toEqual(fix);
});

it("the status names what is being applied, and nothing when nothing is", () => {
  expect(syncOf(fix, { attempt: attemptOf(good) }).applying).toEqual(fix);
  expect(syncOf(null, { attempt: attemptOf(good) })).toMatchObject({ state: "in-sync", applying: null });
});

it.each(["history-rewritten", "prune-limit"])(
  "the status is stalled after %s, which a person decides about",
  (code) => {
    expect(syncOf(null, { attempt: attemptOf(bad, choosePhaseAfter({ ...rejection, code })) }).state).toBe(
      "stalled",
    );
  },
);

it("the status is stalled while nothing may be done at all, whatever else there is to say", () => {
  const stall = { ...rejection, code: "host-changed" };
  const sync = syncOf(good, { attempt: returning, stall });
  expect(sync).toMatchObject({ state: "stalled", stall, rejection });
});

const at = "1970-01-01T00:00:00.000Z";
const recorded: DriftRecord = {
  key: "stopped web.service",
  kind: "stopped",
  unit: "web.service",
  path: null,
  message: "web.service was stopped, and is expected to run",
  ...toldSince("1969-12-31T23:00:00.000Z"),
};
const edited: DriftRecord = {
  ...recorded,
  key: "modified /etc/x",
  kind: "modified",
  unit: null,
  path: "/etc/x",
};

function statusWith(
  units: readonly UnitStatus[] | null,
  drift: readonly DriftRecord[],
  more: Partial<Inventory> = {},
) {
  return buildStatus({
    nowMs: 0,
    host: "h1",
    agent: { running: true, pid: 1, version: "0", startedAt: null, stateFailure: null },
    isVerified: false,
    source: { url: "/srv/hosts.git", branch: "main" },
    inventory: { ...emptyInventory, revision: good, units: { "web.service": expectedUnit }, ...more },
    record: { ...emptySyncRecord, attempt: attemptOf(good), polledAt: at, drift },
    intent: emptyIntent,
    staleAfterMs: Number.POSITIVE_INFINITY,
    units,
    systemdFailure: units === null ? rejection : null,
  });
}

const down: UnitStatus = {
  ...runningUnit,
  activeState: "inactive",
  subState: "dead",
  activeExitUs: startedUs,
  inactiveEnterUs: startedUs,
};

it("says how units run by what systemd says now, and since when by the last look", () => {
  const fresh = statusWith([down], [edited]);
  expect(fresh.drift.map(({ key, since }) => [key, since])).toEqual([
    [edited.key, edited.since],
    [recorded.key, at],
  ]);
  expect(fresh).toMatchObject({
    sync: { state: "degraded" },
    units: [{ drift: 1, finding: { kind: "stopped" } }],
  });
  expect(statusWith([down], [recorded]).drift).toMatchObject([{ since: recorded.since, state: "told" }]);
  const mended = statusWith([runningUnit], [recorded, edited]);
  expect(mended).toMatchObject({
    sync: { state: "drifted" },
    drift: [edited],
    units: [{ drift: 0, finding: null }],
  });
});

it("is unknown while systemd does not answer, and keeps what was last seen", () => {
  expect(statusWith(null, [recorded, edited])).toMatchObject({
    sync: { state: "unknown" },
    drift: [recorded, edited],
    units: [{ activeState: "unknown", drift: 1 }],
  });
});

it("says nothing of a unit that is stopped and whose drift is ignored", () => {
  const ignored = { ...reportEverything.defaults, default: "ignore" as const };
  const driftRules = { ...reportEverything, units: { "web.service": ignored } };
  expect(statusWith([down], [], { driftRules })).toMatchObject({
    sync: { state: "in-sync" },
    drift: [],
    units: [{ drift: 0, finding: null }],
  });
});

it("does not say that an edit is gone before a look at the files has seen that: it may only be ignored", () => {
  const { invocationId } = runningUnit;
  const units = { "web.service": { ...expectedUnit, startedWith: "edited" as const, invocationId } };
  expect(statusWith([runningUnit], [], { units }).drift).toEqual([]);
  const gone = { ...recorded, key: "old-definition web.service", kind: "old-definition" as const };
  expect(statusWith([runningUnit], [gone], { units }).drift).toMatchObject([{ kind: "old-definition" }]);
});
