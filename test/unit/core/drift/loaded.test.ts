/** What systemd has loaded against what is on disk. */
import { describe, expect, it } from "vitest";
import { detectLoadedDrift } from "../../../../src/core/drift/loaded.ts";
import type { AppliedFile } from "../../../../src/core/model/inventory.ts";
import type { LoadedUnit } from "../../../../src/core/model/observed.ts";
import { layout, unitDirectory } from "../../../support/values/scenario.ts";
import { expectedUnit } from "../../../support/values/unit-status-fixture.ts";

const fileOf = (role: AppliedFile["role"], unit: string): AppliedFile => ({
  role,
  unit,
  origin: "o",
  kind: "file",
  content: "d",
  mode: 0o644,
});
const fragment = `${unitDirectory}/web.service`;
const dropIn = `${unitDirectory}/web.service.d/10-git.conf`;
const files = {
  [fragment]: fileOf("fragment", "web.service"),
  [dropIn]: fileOf("drop-in", "web.service"),
  [`${unitDirectory}/w@.service`]: fileOf("fragment", "w@.service"),
  [`${layout.quadletDirectory}/box.container`]: fileOf("quadlet", "box.service"),
  [`${unitDirectory}/vendor.service.d/10-git.conf`]: fileOf("drop-in", "vendor.service"),
};
const units = {
  "web.service": expectedUnit,
  "w@one.service": expectedUnit,
  "box.service": expectedUnit,
  "vendor.service": { ...expectedUnit, owned: false },
};
const asApplied: LoadedUnit = {
  loadState: "loaded",
  fragmentPath: fragment,
  dropInPaths: [dropIn],
  needDaemonReload: false,
};

function detect(
  unit: string,
  changes: Partial<LoadedUnit>,
  more: {
    readonly foreign?: readonly string[];
    readonly isEdited?: boolean;
    readonly reloadOwed?: boolean;
  } = {},
) {
  return detectLoadedDrift({
    inventory: { files, units, reloadOwed: more.reloadOwed ?? false },
    loaded: new Map([[unit, { ...asApplied, ...changes }]]),
    foreignDropIns: new Set(more.foreign),
    hasFileDrift: () => more.isEdited === true,
    layout,
  }).map(({ kind, message }) => `${kind}: ${message}`);
}

const noDropIns = { dropInPaths: [] };

describe("a loaded unit", () => {
  it("is as applied when systemd has loaded git's files, and the drop-ins of others that are on disk", () => {
    expect(detect("web.service", {})).toEqual([]);
    const foreign = "/etc/systemd/system.control/web.service.d/50-x.conf";
    expect(detect("web.service", { dropInPaths: [dropIn, foreign] }, { foreign: [foreign] })).toEqual([]);
    const generated = "/run/systemd/generator/web.service.d/x.conf";
    expect(detect("web.service", { dropInPaths: [dropIn, generated] })).toEqual([]);
  });

  it("needs a reload when systemd says so, and no file of it has drifted", () => {
    const needDaemonReload = true;
    expect(detect("web.service", { needDaemonReload })).toEqual([
      "needs-reload: systemd has an older definition of web.service in memory than there is on disk",
    ]);
    expect(detect("web.service", { needDaemonReload }, { isEdited: true })).toEqual([]);
    expect(detect("web.service", { needDaemonReload, loadState: "masked" })).toEqual([]);
  });

  it("is no drift while the agent itself still has to make systemd load what it wrote", () => {
    const older = { needDaemonReload: true, ...noDropIns };
    expect(detect("web.service", older, { reloadOwed: true })).toEqual([]);
    expect(detect("web.service", older, { reloadOwed: false })).toHaveLength(1);
  });

  it("is shadowed when systemd has loaded it from a file of others", () => {
    const fragmentPath = "/etc/systemd/system.control/web.service";
    expect(detect("web.service", { fragmentPath })).toEqual([
      `shadowed: systemd has loaded web.service from ${fragmentPath}, which is not in git`,
    ]);
  });

  it("is not shadowed as an instance by its template, nor as a quadlet by what podman makes of it", () => {
    expect(detect("w@one.service", { ...noDropIns, fragmentPath: `${unitDirectory}/w@.service` })).toEqual(
      [],
    );
    const generated = { ...noDropIns, fragmentPath: "/run/systemd/generator/box.service" };
    expect(detect("box.service", generated)).toEqual([]);
    expect(detect("box.service", { ...generated, fragmentPath: `${unitDirectory}/box.service` })).toEqual([
      expect.stringContaining("shadowed"),
    ]);
  });

  it("has other settings while a drop-in is loaded that is gone, or one of git's is not", () => {
    const gone = `${unitDirectory}/web.service.d/edit.conf`;
    expect(detect("web.service", { dropInPaths: [dropIn, gone], needDaemonReload: true })).toEqual([
      `other-settings: web.service is loaded with ${gone}, which is gone`,
    ]);
    expect(detect("web.service", noDropIns)).toEqual([
      `other-settings: web.service is loaded without ${dropIn}`,
    ]);
    const sameName = "/etc/systemd/system.control/web.service.d/10-git.conf";
    expect(detect("web.service", { dropInPaths: [sameName] }, { foreign: [sameName] })).toEqual([]);
  });

  it("that git only extends may have a file and drop-ins of others, and must have git's", () => {
    const fragmentPath = "/usr/lib/systemd/system/vendor.service";
    const own = `${unitDirectory}/vendor.service.d/10-git.conf`;
    const dropInPaths = ["/usr/lib/systemd/system/vendor.service.d/a.conf", own];
    expect(detect("vendor.service", { fragmentPath, dropInPaths })).toEqual([]);
    expect(detect("vendor.service", { fragmentPath, ...noDropIns })).toEqual([
      `other-settings: vendor.service is loaded without ${own}`,
    ]);
  });
});
