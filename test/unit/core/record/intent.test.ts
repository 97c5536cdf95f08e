/** What a person decides holds for the revision that it was said of, until that is tried to the end. */
import { expect, it } from "vitest";
import { emptyIntent } from "../../../../src/core/model/intent.ts";
import { emptyInventory } from "../../../../src/core/model/inventory.ts";
import { decide, forgetCarriedOut, permits } from "../../../../src/core/record/intent.ts";
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
