/** How old credentials are, by the revision that brought their content. */
import { expect, it } from "vitest";
import type { DesiredCredential } from "../../../../src/core/model/desired.ts";
import { emptyInventory, type Inventory } from "../../../../src/core/model/inventory.ts";
import { dateCredentials, summarizeCredentials } from "../../../../src/core/record/credentials.ts";
import { revision as base } from "../../../support/values/status-fixture.ts";

const credential = (name: string, digest: string): DesiredCredential => ({
  unit: "web.service",
  name,
  origin: `secrets/web.service/${name}.age`,
  digest,
  cacheKey: digest,
  delivery: "credential",
});
const revision = (day: number) => ({ ...base, committedAt: `2025-03-0${day}T10:00:00Z` });

function apply(before: Inventory, day: number, credentials: readonly DesiredCredential[]): Inventory {
  const desired = { credentials, revision: revision(day) };
  return {
    ...before,
    credentials: dateCredentials(desired, before),
    credentialsFrom: desired.revision,
  };
}

it("a credential is as old as the revision that brought its present content", () => {
  const first = apply(emptyInventory, 1, [credential("a", "1"), credential("b", "1")]);
  const second = apply(first, 2, [credential("a", "2"), credential("b", "1"), credential("c", "1")]);
  expect(second.credentials.map(({ name, committedAt }) => [name, committedAt])).toEqual([
    ["a", revision(2).committedAt],
    ["b", revision(1).committedAt],
    ["c", revision(2).committedAt],
  ]);
  expect(summarizeCredentials(second)).toEqual({
    count: 3,
    oldest: revision(1).committedAt,
    newest: revision(2).committedAt,
  });
});

it("one that an earlier version recorded is at least as old as the revision it was taken from", () => {
  const recorded = { ...emptyInventory, credentials: [credential("a", "1")], credentialsFrom: revision(3) };
  expect(summarizeCredentials(recorded).oldest).toBe(revision(3).committedAt);
  const later = apply(recorded, 4, [credential("a", "1")]);
  expect(later.credentials[0]?.committedAt).toBe(revision(3).committedAt);
});

it("a host without credentials has none", () => {
  expect(summarizeCredentials(emptyInventory)).toEqual({ count: 0, oldest: null, newest: null });
});
