/** Which kind of drift a file of git has, by what is at its path. */
import { expect, it } from "vitest";
import { detectDrift } from "../../../../src/core/drift/detect-drift.ts";
import { type AppliedFile, emptyInventory } from "../../../../src/core/model/inventory.ts";
import type { ObservedFile } from "../../../../src/core/model/observed.ts";
import { layout, unitDirectory } from "../../../support/values/scenario.ts";

const path = `${unitDirectory}/a.service`;
const file: AppliedFile = {
  role: "fragment",
  unit: "a.service",
  origin: "units/a.service",
  kind: "file",
  content: "digest",
  mode: 0o644,
};
const enabling: AppliedFile = { ...file, role: "enablement", kind: "link", content: path, mode: 0o777 };
const mask: AppliedFile = { ...enabling, role: "mask", content: "/dev/null" };
const asApplied: ObservedFile = {
  kind: "file",
  digest: "digest",
  mode: 0o644,
  owner: layout.owner,
  group: layout.group,
};
const link = (linkTarget: string): ObservedFile => ({ kind: "link", linkTarget });

it.each<[string | undefined, string, AppliedFile, ObservedFile]>([
  [undefined, "a file as it was written", file, asApplied],
  ["modified", "another content", file, { ...asApplied, digest: "other" }],
  ["missing", "nothing", file, { kind: "absent" }],
  ["mode", "another mode", file, { ...asApplied, mode: 0o600 }],
  ["mode", "another owner", file, { ...asApplied, owner: "alice" }],
  ["mode", "another group", file, { ...asApplied, group: "staff" }],
  ["replaced", "a link in the place of a file", file, link("/srv/a.service")],
  ["replaced", "a directory in the place of a file", file, { kind: "other", what: "a directory" }],
  ["replaced", "a file in the place of a link", enabling, asApplied],
  ["modified", "a link to another target", enabling, link("/srv/a.service")],
  ["masked", "a mask in the place of a unit file", file, link("/dev/null")],
  [
    "replaced",
    "a link to /dev/null in the place of a file of no unit",
    { ...file, role: "file" },
    link("/dev/null"),
  ],
  [undefined, "a link that enables as it was made", enabling, link(path)],
  ["disabled", "nothing where a link enabled the unit", enabling, { kind: "absent" }],
  [undefined, "a mask as it was made", mask, link("/dev/null")],
  ["unmasked", "nothing where a mask was", mask, { kind: "absent" }],
  ["unmasked", "a file where a mask was", mask, asApplied],
])("is %s for %s", (kind, _, applied, found) => {
  const inventory = { ...emptyInventory, files: { [path]: applied } };
  const seen = { files: new Map([[path, found]]), foreignDropIns: new Map() };
  expect(detectDrift(inventory, seen, layout).map((drift) => drift.kind)).toEqual(
    kind === undefined ? [] : [kind],
  );
});
