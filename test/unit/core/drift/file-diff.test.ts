/** What diff shows, and names that people give to it. */
import { expect, it } from "vitest";
import { listFileDifferences, listUnknownNames } from "../../../../src/core/drift/file-diff.ts";
import { emptyInventory } from "../../../../src/core/model/inventory.ts";
import { noTies } from "../../../../src/core/units/ties.ts";
import { build } from "../../../support/values/scenario.ts";

const { desired } = build({ files: { "units/web.service": "[Service]\nExecStart=/bin/true\n" } });
const none = { foreignDropIns: new Map<string, string>() };
const unit = "/etc/systemd/system/web.service";

it("finds what is neither a unit nor a path that git has on this host", () => {
  const names = ["web.service", "web", unit, "/etc/nothing", "toString"];
  expect(listUnknownNames(names, desired, emptyInventory, none)).toEqual(["web", "/etc/nothing", "toString"]);
});

it("knows what was applied and is no longer in git", () => {
  const path = "/etc/app.conf";
  const file = { role: "file", unit: null, origin: "", kind: "file", content: "", mode: 0o644 } as const;
  const applied = { ...emptyInventory, files: { [path]: file } };
  expect(listUnknownNames([path], { files: new Map(), units: new Map() }, applied, none)).toEqual([]);
});

it("shows what somebody put beside the unit, and takes its path for a name", () => {
  const path = `${unit}.d/override.conf`;
  const observed = {
    files: new Map(),
    units: new Map(),
    foreignDropIns: new Map([[path, "web.service"]]),
    overrides: new Map(),
    generation: null,
    ties: noTies,
  };
  expect(listFileDifferences(desired, emptyInventory, observed)).toContainEqual({
    path,
    unit: "web.service",
    kind: "foreign-drop-in",
    desired: null,
  });
  expect(listUnknownNames([path], desired, emptyInventory, observed)).toEqual([]);
});
