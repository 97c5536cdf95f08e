/** What diff shows, and names that people give to it. */
import { expect, it } from "vitest";
import { isAccepted, listFileDifferences, listUnknownNames } from "../../../../src/core/drift/file-diff.ts";
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

const nothing = {
  files: new Map(),
  units: new Map(),
  foreignDropIns: new Map<string, string>(),
  overrides: new Map<string, readonly string[]>(),
  generation: null,
  ties: noTies,
};

it("shows what somebody put beside the unit, and takes its path for a name", () => {
  const path = `${unit}.d/override.conf`;
  const observed = { ...nothing, foreignDropIns: new Map([[path, "web.service"]]) };
  expect(listFileDifferences(desired, emptyInventory, observed)).toContainEqual({
    path,
    unit: "web.service",
    kind: "foreign-drop-in",
    desired: null,
  });
  expect(listUnknownNames([path], desired, emptyInventory, observed)).toEqual([]);
});

it("shows what somebody put elsewhere for units of git, but neither for others nor in a package", () => {
  const paths = ["/run/systemd/system/service.d/a.conf", "/etc/systemd/system/other.service.d/a.conf"];
  const packaged = "/usr/lib/systemd/system/web.service.d/a.conf";
  const overrides = new Map([...paths, packaged].map((path) => [path, []]));
  const shown = listFileDifferences(desired, emptyInventory, { ...nothing, overrides });
  expect(shown.filter(({ kind }) => kind === "foreign-drop-in")).toEqual([
    { path: paths[0], unit: "web.service", kind: "foreign-drop-in", desired: null },
  ]);
});

it("tells what the policy accepts from what git changes", () => {
  const text = { files: { "units/web.service": "[Service]\nExecStart=/bin/true\n" } };
  const ignoring = build({ ...text, units: { "web.service": { drift: "ignore" } } }).desired;
  const file = ignoring.files.get(unit);
  if (file?.kind !== "file") throw new Error("no unit file");
  const base = { kind: "file", role: "fragment", unit: "web.service", origin: file.origin } as const;
  const inventoryOf = (content: string) => ({ files: { [unit]: { ...base, content, mode: 0o644 } } });
  const changed = { path: unit, unit: "web.service", kind: "changed", desired: file } as const;
  const added = { ...changed, path: `${unit}.d/a.conf`, kind: "foreign-drop-in", desired: null } as const;
  expect(isAccepted(changed, ignoring, inventoryOf(file.digest))).toBe(true);
  expect(isAccepted(changed, ignoring, inventoryOf("sha256:before"))).toBe(false);
  expect(isAccepted(added, ignoring, inventoryOf(file.digest))).toBe(true);
  expect(isAccepted(added, desired, inventoryOf(file.digest))).toBe(false);
});
