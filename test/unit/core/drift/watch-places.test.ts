/** Which directories are watched for a host, and which units and files a change in them concerns. */
import { describe, expect, it } from "vitest";
import { type WatchedInventory, WatchPlaces } from "../../../../src/core/drift/watch-places.ts";
import type { LookScope } from "../../../../src/core/model/drift.ts";
import { emptyInventory } from "../../../../src/core/model/inventory.ts";
import { SimulatedHost } from "../../../support/memory-host/simulated-host.ts";
import { layout } from "../../../support/values/scenario.ts";

const run = "[Service]\nExecStart=/bin/x\n";
const etc = "/etc/systemd/system";

const host = new SimulatedHost();
await host.sync({
  files: {
    "units/web.service": `${run}[Install]\nWantedBy=multi-user.target\nAlias=www.service\n`,
    "units/web-api.service": run,
    "units/web.socket": "[Socket]\nListenStream=/run/web\n",
    "units/worker@.service": run,
    "units/worker-mail@.service": run,
    "units/box.container": "[Container]\nImage=x\n",
    "files/etc/app/app.conf": "x\n",
    "files/etc/app/more/deep.conf": "x\n",
  },
  units: { "worker@.service": { instances: ["a"] } },
  secrets: { "secrets/web.service/token.age": "t" },
});
const places = new WatchPlaces(host.inventory, layout);
const { generation } = host.inventory;
const credentials = layout.credentialDirectory;

function tell(scope: LookScope | null): unknown {
  if (scope === null || scope === "all") return scope;
  return [...scope.units, ...scope.paths].sort();
}

const services = ["box.service", "web-api.service", "web.service"];
const workers = ["worker-mail@.service", "worker@.service", "worker@a.service"];

const quadlet = "/etc/containers/systemd/box.container";
const fragment = `${etc}/web.service`;
const template = `${etc}/worker@.service`;
const link = `${etc}/multi-user.target.wants/web.service`;

describe("a changed entry", () => {
  const cases: readonly (readonly [what: string, path: string, concerned: unknown])[] = [
    ["a fragment", fragment, [fragment, "web.service"]],
    ["a managed file", "/etc/app/app.conf", ["/etc/app/app.conf"]],
    ["a foreign file beside a managed one", "/etc/app/app.conf.swp", null],
    ["a temporary file of sed", `${etc}/sedAbC123`, null],
    ["a unit of somebody else", `${etc}/other.service`, null],
    ["a mask until the next boot", "/run/systemd/system/web.service", ["web.service"]],
    ["an alias", `${etc}/www.service`, [`${etc}/www.service`, "web.service"]],
    ["a unit of a package in the same name", "/usr/lib/systemd/system/web.socket", ["web.socket"]],
    ["a template", template, [template, "worker@.service", "worker@a.service"]],
    [
      "an instance that git does not name",
      `${etc}/worker@b.service`,
      ["worker@.service", "worker@b.service"],
    ],
    ["a drop-in", `${etc}/web.service.d/override.conf`, ["web.service"]],
    ["a drop-in of set-property", "/run/systemd/system.control/web.service.d/50-CPU.conf", ["web.service"]],
    ["a drop-in of an alias", `${etc}/www.service.d/a.conf`, ["web.service"]],
    ["a drop-in by prefix", `${etc}/web-.service.d/a.conf`, ["web-api.service"]],
    ["a drop-in of a template", `${etc}/worker@.service.d/a.conf`, ["worker@.service", "worker@a.service"]],
    ["a drop-in of one instance", `${etc}/worker@a.service.d/a.conf`, ["worker@a.service"]],
    ["a drop-in by prefix of a template", `${etc}/worker-.service.d/a.conf`, ["worker-mail@.service"]],
    ["a drop-in of all services", `${etc}/service.d/a.conf`, [...services, ...workers].sort()],
    [
      "a drop-in of a quadlet",
      "/etc/containers/systemd/box.container.d/a.conf",
      ["box.container", "box.service"],
    ],
    ["a quadlet", quadlet, [quadlet, "box.container", "box.service"]],
    ["a file that systemd does not read as a drop-in", `${etc}/web.service.d/.a.conf.swp`, null],
    ["a drop-in of somebody else's unit", `${etc}/other.service.d/a.conf`, null],
    ["an enablement link", link, [link, "web.service"]],
    ["a link by hand", "/run/systemd/system/x.target.requires/web.socket", ["web.socket"]],
    ["a link to somebody else's unit", `${etc}/multi-user.target.wants/other.service`, null],
    ["a credential", `${credentials}/${generation}/web.service/token`, ["web.service"]],
    ["the link to the credentials in use", layout.credentialsPath, ["web.service"]],
  ];
  it.each(cases)("that is %s concerns what it is about: %s", (_, path, concerned) => {
    expect(tell(places.scopeOf(path))).toEqual(concerned);
  });
});

describe("a directory that appeared, disappeared or was replaced", () => {
  const cases: readonly (readonly [directory: string, concerned: unknown])[] = [
    [`${etc}/web-api.service.d`, ["web-api.service"]],
    [`${etc}/other.service.d`, null],
    ["/etc/app", ["/etc/app/app.conf", "/etc/app/more/deep.conf"]],
    ["/etc/app/more", ["/etc/app/more/deep.conf"]],
    ["/etc/applications", null],
    [`${credentials}/${generation}`, ["web.service"]],
    [`${credentials}/${generation}/web.service`, ["web.service"]],
    // Which foreign links or drop-ins were in it is not known.
    [`${etc}/multi-user.target.wants`, "all"],
    ["/run/systemd/system.control", "all"],
    ["/etc", "all"],
    ["/", "all"],
  ];
  it.each(cases)("concerns all that was or is in it: %s", (directory, concerned) => {
    expect(tell(places.scopeOfDirectory(directory))).toEqual(concerned);
  });
});

it("watches directories that can have drop-ins of managed units, or links, and no others beside them", () => {
  const inside = ["web.service.d", "service.d", "web-.service.d", "worker@b.service.d", "x.target.wants"];
  expect(inside.filter((name) => !places.isInside(name))).toEqual([]);
  const outside = ["other.service.d", "timer.d", "web.service", "journald.conf.d"];
  expect(outside.filter((name) => places.isInside(name))).toEqual([]);
});

it("watches nothing for a host without units, files and credentials", () => {
  expect(new WatchPlaces(emptyInventory, layout).directories.size).toBe(0);
});

it("watches no directory of units where there are only files, and none of quadlets where there are none", () => {
  const file = host.inventory.files["/etc/app/app.conf"];
  if (file === undefined) throw new Error("the file is not in the inventory");
  const files = new WatchPlaces({ ...emptyInventory, files: { "/etc/app/app.conf": file } }, layout);
  expect([...files.directories]).toEqual(["/etc/app"]);
});

it("are those of an inventory as long as it has the same units, files and credentials", () => {
  const { inventory } = host;
  const { "web.socket": socket, ...fewer } = inventory.units;
  expect(socket).toBeDefined();
  const others: readonly WatchedInventory[] = [
    { ...inventory, units: fewer },
    { ...inventory, files: {} },
    { ...inventory, generation: "other" },
    { ...inventory, credentials: [] },
  ];
  expect(places.areOf(structuredClone(inventory))).toBe(true);
  expect(others.map((other) => places.areOf(other))).toEqual([false, false, false, false]);
});
