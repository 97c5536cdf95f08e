/** What a look sees around the units of git: everything that systemd reads for them, and no more. */
import { expect, it } from "vitest";
import { FileLook } from "../../../src/agent/look-files.ts";
import { acceptVendorDropIns, detectForeign } from "../../../src/core/drift/foreign.ts";
import { selectPart } from "../../../src/core/drift/scope.ts";
import type { LookScope } from "../../../src/core/model/drift.ts";
import { type AppliedFile, emptyInventory, type Inventory } from "../../../src/core/model/inventory.ts";
import type { ObservedFile } from "../../../src/core/model/observed.ts";
import type { HostFilesPort } from "../../../src/core/ports/host.ts";
import { layout, unitDirectory } from "../../support/values/scenario.ts";
import { expectedUnit } from "../../support/values/unit-status-fixture.ts";

const fragmentOf = (unit: string): [string, AppliedFile] => [
  `${unitDirectory}/${unit}`,
  { role: "fragment", unit, origin: `units/${unit}`, kind: "file", content: "d", mode: 0o644 },
];
const alias: AppliedFile = {
  role: "alias",
  unit: "web.service",
  origin: "units/web.service",
  kind: "link",
  content: "web.service",
  mode: 0o777,
};

const inventory: Inventory = {
  ...emptyInventory,
  units: {
    "web.service": expectedUnit,
    "app-one.service": expectedUnit,
    "w@.service": expectedUnit,
    "job.timer": expectedUnit,
    "vendor.service": { ...expectedUnit, owned: false },
  },
  files: Object.fromEntries([
    ...["web.service", "app-one.service", "w@.service", "job.timer"].map(fragmentOf),
    [`${unitDirectory}/www.service`, alias],
  ]),
};

/** Each path is a file, or a link to what is given. */
function portOf(tree: Readonly<Record<string, string | null>>): HostFilesPort {
  const observeOne = (path: string): ObservedFile => {
    const target = tree[path];
    if (target === undefined) return { kind: "absent" };
    if (target !== null) return { kind: "link", linkTarget: target };
    return { kind: "file", digest: "d", mode: 0o644, owner: "root", group: "root" };
  };
  const port: Pick<HostFilesPort, "observe" | "list"> = {
    observe: async (paths) => new Map(paths.map((path) => [path, observeOne(path)])),
    list: async (directory) => {
      const below = Object.keys(tree).filter((path) => path.startsWith(`${directory}/`));
      return [...new Set(below.map((path) => path.slice(directory.length + 1).split("/")[0] ?? ""))].sort();
    },
  };
  return port as HostFilesPort;
}

async function detect(
  tree: Readonly<Record<string, string | null>>,
  scope: LookScope = "all",
  accepted: readonly string[] = [],
) {
  const seen = await new FileLook({ files: portOf(tree), layout }).look(
    inventory,
    selectPart(scope, inventory),
  );
  const wide = detectForeign(inventory, seen, new Set(accepted));
  return [
    ...[...seen.foreignDropIns].map(([path, unit]) => `${unit} ${path}`),
    ...wide.map(({ message }) => message),
  ];
}

it.each([
  [`${unitDirectory}/web.service.d/override.conf`, "web.service"],
  ["/run/systemd/system/web.service.d/override.conf", "web.service"],
  ["/etc/systemd/system.control/web.service.d/50-CPUQuota.conf", "web.service"],
  ["/run/systemd/system.control/web.service.d/50-CPUQuota.conf", "web.service"],
  ["/run/systemd/transient/web.service.d/50-CPUQuota.conf", "web.service"],
  [`${unitDirectory}/w@.service.d/x.conf`, "w@.service"],
  [`${unitDirectory}/w@one.service.d/x.conf`, "w@one.service"],
])("sees the drop-in %s of %s", async (path, unit) => {
  expect(await detect({ [path]: null })).toEqual([`${unit} ${path}`]);
});

it.each([
  [`${unitDirectory}/www.service.d/x.conf`, "web.service"],
  [`${unitDirectory}/app-.service.d/x.conf`, "app-one.service"],
  ["/run/systemd/system/service.d/x.conf", "web.service, app-one.service, w@.service"],
  ["/usr/lib/systemd/system/web.service.d/x.conf", "web.service"],
  ["/usr/local/lib/systemd/system/timer.d/x.conf", "job.timer"],
])("sees the drop-in %s that changes %s by another name or from a package", async (path, units) => {
  expect(await detect({ [path]: null })).toEqual([`${path} changes ${units}, but is not in git`]);
});

it.each([
  [`${unitDirectory}/foreign.service.d/x.conf`],
  [`${unitDirectory}/vendor.service.d/x.conf`],
  ["/usr/lib/systemd/system/vendor.service.d/x.conf"],
  [`${unitDirectory}/web.service.d/readme.txt`],
  [`${unitDirectory}/path.d/x.conf`],
  [`${unitDirectory}/multi-user.target.wants/foreign.service`],
  [`${unitDirectory}/multi-user.target.wants/vendor.service`],
  [`${unitDirectory}/foreign.service`],
])("does not mind %s, which changes no unit of git", async (path) => {
  expect(await detect({ [path]: null })).toEqual([]);
});

it("takes a drop-in of a package as given if it was there before the unit, and not one that comes later", async () => {
  const vendor = "/usr/lib/systemd/system/service.d/x.conf";
  const idle = "/usr/lib/systemd/system/path.d/x.conf";
  const accept = async (before: readonly string[] | null, tree: Readonly<Record<string, null>>) =>
    acceptVendorDropIns(
      before,
      await new FileLook({ files: portOf(tree), layout }).look(inventory, selectPart("all", inventory)),
    );
  expect(await accept(null, { [vendor]: null })).toEqual([vendor]);
  expect(await accept([], { [vendor]: null, [idle]: null })).toEqual([idle]);
  expect(await accept([vendor], {})).toEqual([]);
  expect(await detect({ [vendor]: null }, "all", [vendor])).toEqual([]);
});

it("sees links that enable a unit of git or an instance of its template, and masks also of other managed units", async () => {
  const wants = `${unitDirectory}/timers.target.wants/job.timer`;
  const instance = "/run/systemd/system/multi-user.target.requires/w@two.service";
  const idle = "/run/systemd/system/web.service";
  const mask = `${unitDirectory}/vendor.service`;
  const tree = { [wants]: "../job.timer", [instance]: "x", [idle]: "/dev/null", [mask]: "/dev/null" };
  expect((await detect(tree)).sort()).toEqual([
    `job.timer is enabled by ${wants}, which is not in git`,
    `vendor.service is masked by ${mask}, which is not in git`,
    `w@two.service is enabled by ${instance}, which is not in git`,
    `web.service is masked by ${idle}, which is not in git; it has an effect only without ${unitDirectory}/web.service`,
  ]);
  expect(await detect({ [mask]: "/usr/lib/systemd/system/other.service" })).toEqual([]);
});

it("looks only at what the scope names: a unit with its template, a path with the units that it changes", async () => {
  const own = `${unitDirectory}/web.service.d/x.conf`;
  const ofTemplate = `${unitDirectory}/w@.service.d/x.conf`;
  const ofPrefix = `${unitDirectory}/app-.service.d/x.conf`;
  const tree = { [own]: null, [ofTemplate]: null, [ofPrefix]: null };
  const none = new Set<string>();
  const at = (units: readonly string[], paths: readonly string[] = []) =>
    detect(tree, { units: new Set(units), paths: new Set(paths) });
  expect(await at(["web.service"])).toEqual([`web.service ${own}`]);
  expect(await at(["w@one.service"])).toEqual([`w@.service ${ofTemplate}`]);
  expect(await at([], [ofPrefix])).toEqual([`${ofPrefix} changes app-one.service, but is not in git`]);
  expect(await at([], ["/etc/other"])).toEqual([]);
  expect(await detect(tree, { units: none, paths: none })).toEqual([]);
});
