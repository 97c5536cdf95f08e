/** What the status calls a host between two revisions, the moments in which people look. */

import { expect, it } from "vitest";
import { buildStatus } from "../../../src/agent/status.ts";
import { emptyInventory } from "../../../src/core/model/inventory.ts";
import type { Revision } from "../../../src/core/model/revision.ts";
import { emptySyncRecord, type SyncRecord } from "../../../src/core/model/sync-record.ts";
import { choosePhaseAfter } from "../../../src/core/record/attempt.ts";
import { attemptOf } from "../../support/values/attempt-fixture.ts";

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
