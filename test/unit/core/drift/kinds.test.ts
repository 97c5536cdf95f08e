/** The reference that users get and the table of kinds say the same. */
import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { driftKinds } from "../../../../src/core/drift/kinds.ts";

const reference = readFileSync(new URL("../../../../docs/drift.md", import.meta.url), "utf8");

it("docs/drift.md has each kind of drift with its weight and what a correction does, and no other kind", () => {
  const rows = [...reference.matchAll(/^\| `([a-z-]+)` +\| (\w+) +\|.*\| ([^|]+?) +\|$/gm)].map(
    ([, kind, weight, corrected]) => [kind, weight, corrected],
  );
  const expected = Object.entries(driftKinds).map(([kind, row]) => [
    kind,
    row.weight,
    row.corrected ?? "nothing: a person has to",
  ]);
  expect(rows.sort()).toEqual(expected.sort());
});
