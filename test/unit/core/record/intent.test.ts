/** What a person decides holds for the revision that it was said of, until that is tried to the end. */
import { describe, expect, it } from "vitest";
import { emptyHistory } from "../../../../src/core/model/history.ts";
import { emptyIntent } from "../../../../src/core/model/intent.ts";
import { emptyInventory } from "../../../../src/core/model/inventory.ts";
import {
  decide,
  endSuspension,
  forgetCarriedOut,
  permits,
  takeDecision,
} from "../../../../src/core/record/intent.ts";
import { attemptOf } from "../../../support/values/attempt-fixture.ts";
import { revision } from "../../../support/values/status-fixture.ts";

const other = { ...revision, commit: "b".repeat(40) };
const failure = { code: "x", message: "m", hint: null, details: [], since: "" };
const pruned = decide(emptyIntent, { modes: ["allow-prune"], adopt: [] }, revision);
const file = {
  role: "file",
  unit: null,
  origin: "files/etc/x",
  kind: "file",
  content: "",
  mode: 0o644,
} as const;

it("an intent is accepted for one revision, and for nothing else", () => {
  expect(permits(pruned, revision, "allow-prune")).toBe(true);
  expect(permits(pruned, revision, "accept-rewrite")).toBe(false);
  expect(permits(pruned, other, "allow-prune")).toBe(false);
  expect(permits(decide(pruned, { modes: [], adopt: [] }, other), revision, "allow-prune")).toBe(true);
});

it("an intent changes nothing where nothing is asked for, or where nobody knows of what", () => {
  expect(decide(emptyIntent, { modes: [], adopt: [] }, revision)).toBe(emptyIntent);
  expect(decide(emptyIntent, { modes: ["allow-prune"], adopt: [] }, null)).toBe(emptyIntent);
});

it("an intent remembers paths to take over, each once, also while the repository does not answer", () => {
  const once = decide(emptyIntent, { modes: [], adopt: ["/etc/x", "/etc/y"] }, null);
  expect(decide(once, { modes: [], adopt: ["/etc/x"] }, null)).toBe(once);
  expect(once.adopt).toEqual(["/etc/x", "/etc/y"]);
});

it.each([
  ["goes on", { phase: "applying" }],
  ["waits for the world", { phase: "blocked", failure }],
] as const)("an intent holds while the attempt %s", (_, phase) => {
  expect(forgetCarriedOut(pruned, emptyInventory, attemptOf(revision, phase))).toBe(pruned);
});

it.each([
  ["is on the host", attemptOf(revision)],
  ["was refused", attemptOf(revision, { phase: "refused", failure })],
  ["was undone", attemptOf(revision, { phase: "rolled-back", failure })],
  ["is not the newest one any more", attemptOf(other)],
])("an intent is forgotten when the revision %s", (_, attempt) => {
  expect(forgetCarriedOut(pruned, emptyInventory, attempt)).toEqual(emptyIntent);
});

it("an intent forgets a path once it is the agent's", () => {
  const asked = decide(emptyIntent, { modes: [], adopt: ["/etc/x", "/etc/y"] }, null);
  const inventory = { ...emptyInventory, files: { "/etc/x": file } };
  expect(forgetCarriedOut(asked, inventory, null).adopt).toEqual(["/etc/y"]);
});

describe("a decision about the host", () => {
  const facts = { at: "2026-11-20T10:00:00Z", history: emptyHistory, followed: revision };
  const suspend = { kind: "suspend", by: "alice", because: "disk", until: "2026-11-20T12:00:00Z" } as const;
  const suspended = takeDecision(emptyIntent, suspend, facts);

  it("to suspend it holds until its time is over", () => {
    expect(suspended.suspension).toEqual({
      by: "alice",
      because: "disk",
      at: facts.at,
      until: suspend.until,
    });
    expect(endSuspension(suspended, Date.parse("2026-11-20T11:59:59Z"))).toBe(suspended);
    expect(endSuspension(suspended, Date.parse("2026-11-20T12:00:00Z"))).toEqual(emptyIntent);
  });

  it("to go back keeps the commit that was left, also when a person goes back further", () => {
    const earlier = { ...revision, commit: "e".repeat(40) };
    const entry = {
      at: facts.at,
      outcome: "applied",
      signedBy: null,
      failure: null,
      actions: [],
      actionCount: 0,
    } as const;
    const history = { version: 1, entries: [{ ...entry, revision: earlier, applied: earlier }] } as const;
    const back = {
      kind: "roll-back",
      by: "alice",
      because: null,
      commit: earlier.commit,
      untilNext: true,
    } as const;
    const pinned = takeDecision(emptyIntent, back, { ...facts, history });
    expect(pinned.pin).toMatchObject({ revision: earlier, left: revision.commit, untilNext: true });
    const again = takeDecision(pinned, back, { ...facts, history, followed: earlier });
    expect(again.pin?.left).toBe(revision.commit);
    expect(() => takeDecision(emptyIntent, back, facts)).toThrow("was never applied on this host");
  });

  it("to resume takes both back, and nothing of what was accepted", () => {
    const both = { ...suspended, accepted: { commit: revision.commit, modes: ["now"] } } as const;
    expect(takeDecision(both, { kind: "resume", by: "bob" }, facts)).toEqual({
      ...emptyIntent,
      accepted: both.accepted,
    });
  });
});

it("what is accepted for a commit adds to what was accepted for it before", () => {
  const approve = { kind: "approve", by: "alice", commit: revision.commit } as const;
  const facts = { at: "2026-11-20T10:00:00Z", history: emptyHistory, followed: revision };
  const approved = takeDecision(emptyIntent, approve, facts);
  const both = decide(approved, { modes: ["allow-prune"], adopt: [] }, revision);
  expect(both.accepted?.modes).toEqual(["approve", "allow-prune"]);
  expect(decide(approved, { modes: ["now"], adopt: [] }, other).accepted).toEqual({
    commit: other.commit,
    modes: ["now"],
  });
});

it("an approval is kept while the attempt waits for its window", () => {
  const approved = decide(emptyIntent, { modes: ["now"], adopt: [] }, revision);
  const wait = { for: "window", until: null, would: { steps: 1, interrupts: [] } } as const;
  const waiting = attemptOf(revision, { phase: "waiting", ...wait });
  expect(forgetCarriedOut(approved, emptyInventory, waiting)).toBe(approved);
});
