/** Which files of the host a patch can take to git, and to which path of the repository. */
import { describe, expect, it } from "vitest";
import { decideAdoption, decideGitMode } from "../../../../src/core/drift/adoption.ts";
import type { Adoption, HostPath } from "../../../../src/core/drift/adoption-parts.ts";
import type { AppliedFile } from "../../../../src/core/model/inventory.ts";
import type { ObservedFile } from "../../../../src/core/model/observed.ts";
import { makeSystemLayout, systemPaths } from "../../../../src/core/model/system-layout.ts";

const layout = makeSystemLayout(systemPaths);
const units = "/etc/systemd/system";

function applied(
  role: AppliedFile["role"],
  origin: string,
  unit: string | null = "web.service",
): AppliedFile {
  return { role, unit, origin, kind: "file", content: "sha256:git", mode: 0o644 };
}

const files: Readonly<Record<string, AppliedFile>> = {
  [`${units}/web.service`]: applied("fragment", "roles/web/units/web.service"),
  [`${units}/worker@.service`]: applied("fragment", "units/worker@.service", "worker@.service"),
  [`${units}/web.service.d/10-git.conf`]: applied("drop-in", "units/web.service.d/10-git.conf"),
  [`${units}/web.service.d/50-gitops-agent-credentials.conf`]: applied(
    "credentials",
    "secrets/web.service/key.age",
  ),
  [`${units}/multi-user.target.wants/web.service`]: {
    ...applied("enablement", "units/web.service"),
    kind: "link",
    content: `${units}/web.service`,
    mode: 0o777,
  },
  "/etc/app.conf": applied("file", "files/etc/app.conf", null),
};

const absent: ObservedFile = { kind: "absent" };
const edited: ObservedFile = {
  kind: "file",
  digest: "sha256:host",
  mode: 0o644,
  owner: "root",
  group: "root",
};

function decide(
  ...paths: readonly (readonly [path: string, found: ObservedFile, unit?: string])[]
): Adoption {
  const hostPaths: HostPath[] = paths.map(([path, found, unit]) => ({
    path,
    found,
    unit: unit ?? files[path]?.unit ?? null,
  }));
  return decideAdoption(hostPaths, { files }, layout);
}

function refusals({ taken, notes }: Adoption): readonly string[] {
  expect(taken).toEqual([]);
  return notes.filter(({ isRefusal }) => isRefusal).map(({ text }) => text);
}

describe("a path of git", () => {
  it("goes back to the layer that it came from", () => {
    const { taken, notes } = decide([`${units}/web.service`, edited], ["/etc/app.conf", absent]);
    expect(taken.map(({ repositoryPath, after }) => [repositoryPath, after])).toEqual([
      ["roles/web/units/web.service", "file"],
      ["files/etc/app.conf", null],
    ]);
    expect(notes).toEqual([]);
  });

  it("is left out when it is as it was applied", () => {
    const same: ObservedFile = { ...edited, digest: "sha256:git" };
    expect(decide([`${units}/web.service`, same])).toEqual({ taken: [], notes: [] });
  });

  it("may become a mask or an alias, and no other link", () => {
    const link = (linkTarget: string) => decide([`${units}/web.service`, { kind: "link", linkTarget }]);
    expect(link("/dev/null").taken[0]?.after).toBe("link");
    expect(link("other.service").taken[0]?.after).toBe("link");
    expect(refusals(link("/opt/web.service"))[0]).toContain("is a link to /opt/web.service");
    expect(refusals(decide(["/etc/app.conf", { kind: "link", linkTarget: "/dev/null" }]))[0]).toContain(
      "files/ holds plain files",
    );
  });

  it.each([
    [`${units}/web.service.d/50-gitops-agent-credentials.conf`, edited, "made from secrets"],
    [`${units}/multi-user.target.wants/web.service`, absent, "enabled: false"],
    [`${units}/web.service`, { kind: "other", what: "a directory" } as const, "is a directory"],
  ])("that git cannot hold as it is, is refused: %s", (path, found, words) => {
    expect(refusals(decide([path, found]))[0]).toContain(words);
  });

  it("that is a link of the repository that enables a unit may go", () => {
    const path = `${units}/multi-user.target.wants/db.service`;
    const origin = "units/multi-user.target.wants/db.service";
    const link: AppliedFile = {
      ...applied("enablement", origin, "db.service"),
      kind: "link",
      content: "../db.service",
    };
    const { taken } = decideAdoption(
      [{ path, unit: "db.service", found: absent }],
      { files: { [path]: link } },
      layout,
    );
    expect(taken.map(({ repositoryPath, after }) => [repositoryPath, after])).toEqual([[origin, null]]);
  });

  it("has its owner told, as gitops.yaml has that, and the content is taken all the same", () => {
    const { taken, notes } = decide(["/etc/app.conf", { ...edited, owner: "www-data" }]);
    expect(taken).toHaveLength(1);
    expect(notes[0]?.text).toContain("www-data:root");
    expect(notes[0]?.isRefusal).toBe(true);
  });
});

describe("a drop-in that is not in git", () => {
  const override = "web.service.d/override.conf";

  it("goes beside the file that defines its unit, wherever on the host it lies", () => {
    for (const parent of layout.dropInParents) {
      const { taken, notes } = decide([`${parent}/${override}`, edited, "web.service"]);
      expect(taken[0]?.repositoryPath).toBe("roles/web/units/web.service.d/override.conf");
      expect(notes.map(({ isRefusal }) => isRefusal)).toEqual(parent === units ? [] : [false]);
    }
  });

  it("of an instance goes beside its template", () => {
    const path = `${units}/worker@a.service.d/o.conf`;
    expect(decide([path, edited, "worker@a.service"]).taken[0]?.repositoryPath).toBe(
      "units/worker@a.service.d/o.conf",
    );
  });

  it("of many units goes beside the first of them", () => {
    const { taken } = decide(["/etc/systemd/system/service.d/o.conf", edited]);
    expect(taken[0]?.repositoryPath).toBe("roles/web/units/service.d/o.conf");
  });

  it("of a package is hidden by git's copy, and nobody is told to remove it", () => {
    const { notes } = decide(["/usr/lib/systemd/system/web.service.d/o.conf", edited, "web.service"]);
    expect(notes.map(({ text }) => text).join()).toMatch(/belongs to a package(?!.*rm )/);
  });

  it("of which there are several with one name: the one that systemd reads is taken", () => {
    const { taken, notes } = decide(
      [`/run/systemd/system/${override}`, edited, "web.service"],
      [`${units}/${override}`, edited, "web.service"],
      [`/etc/systemd/system.control/${override}`, edited, "web.service"],
    );
    expect(taken.map(({ path }) => path)).toEqual([`/etc/systemd/system.control/${override}`]);
    const losers = notes.filter(({ isRefusal }) => isRefusal).map(({ text }) => text.split(" ")[0]);
    expect(losers).toEqual([`${units}/${override}`, `/run/systemd/system/${override}`]);
  });

  it("that a drop-in of git hides is refused", () => {
    const hidden = decide(["/run/systemd/system/web.service.d/10-git.conf", edited, "web.service"]);
    expect(refusals(hidden)[0]).toContain(`systemd reads ${units}/web.service.d/10-git.conf`);
  });

  it("of a unit that is not in git is refused, and so is a link", () => {
    expect(refusals(decide([`${units}/x.service.d/a.conf`, edited, "x.service"]))[0]).toContain(
      "no unit of git",
    );
    const link: ObservedFile = { kind: "link", linkTarget: "/tmp/a.conf" };
    expect(refusals(decide([`${units}/${override}`, link, "web.service"]))[0]).toContain("is a link");
  });
});

describe("the mode in git", () => {
  const taken = (applied: number, found: number) =>
    ({ path: "/etc/x", repositoryPath: "files/etc/x", after: "file", modes: { applied, found } }) as const;

  it("follows chmod +x and -x", () => {
    expect(decideGitMode(taken(0o644, 0o755), "file")).toEqual({ mode: "executable", notes: [] });
    expect(decideGitMode(taken(0o755, 0o644), "executable")).toEqual({ mode: "file", notes: [] });
  });

  it("stays when git has no such mode, or gitops.yaml decides it, and that is told", () => {
    for (const [applied, found] of [[0o644, 0o600] as const, [0o755, 0o644] as const]) {
      const { mode, notes } = decideGitMode(taken(applied, found), "file");
      expect(mode).toBe("file");
      expect(notes[0]?.isRefusal).toBe(true);
    }
  });
});
