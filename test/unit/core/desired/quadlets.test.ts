/** Quadlets of a repository: their directories, the files beside them, links and instances. */
import { describe, expect, it } from "vitest";
import { resolveQuadletPaths } from "../../../../src/core/desired/quadlet-data.ts";
import type { DesiredUnit } from "../../../../src/core/model/desired.ts";
import { build, type RepositoryText } from "../../../support/values/scenario.ts";

const etc = "/etc/containers/systemd";
const install = "[Install]\nWantedBy=multi-user.target\n";
const container = (lines = "") => `[Container]\nImage=example.org/app\n${lines}${install}`;

function placed(text: RepositoryText): readonly string[] {
  const { desired, diagnostics } = build(text);
  expect(diagnostics).toEqual([]);
  return [...desired.files.keys()].sort();
}

function unitOf(text: RepositoryText, name: string): DesiredUnit {
  const unit = build(text).desired.units.get(name);
  if (unit === undefined) throw new Error(`${name} is not in the desired state`);
  return unit;
}

describe("a quadlet", () => {
  it("keeps its directory on the host, and its drop-ins lie at the top", () => {
    const files = {
      "units/app/web.container": container(),
      "units/app/web.container.d/10.conf": "[Container]\nEnvironment=A=b\n",
    };
    expect(placed({ files })).toEqual([`${etc}/app/web.container`, `${etc}/web.container.d/10.conf`]);
    expect(unitOf({ files }, "web.service").definition.settings["Container.Environment"]).toEqual(["A=b"]);
  });

  it("keeps the directories that the wildcards of a pattern stand for", () => {
    const files = { "stacks/media/web.container": container(), "stacks/media/backup.service": "[Service]\n" };
    for (const units of [["stacks/*"], ["stacks/**"]]) {
      expect(placed({ files, layout: { units } })).toEqual([
        `${etc}/media/web.container`,
        "/etc/systemd/system/backup.service",
      ]);
    }
    expect(placed({ files, layout: { units: ["stacks/media"] } })[0]).toBe(`${etc}/web.container`);
  });

  it("of a later layer replaces the one of its name, wherever the two lie", () => {
    const files = { "units/app/web.container": container(), "hosts/h1/units/web.container": container() };
    expect(placed({ files })).toEqual([`${etc}/web.container`]);
  });

  it("of the same name twice in one layer is an error, but a file beside it is not", () => {
    const files = {
      "units/a/web.container": container(),
      "units/a/README.md": "a",
      "units/b/web.container": container(),
      "units/b/README.md": "b",
    };
    expect(build({ files }).diagnostics).toMatchObject([
      { code: "unit-twice", file: "units/b/web.container" },
    ]);
  });

  it("of a user, in the tree of a host, is a plain file", () => {
    const path = "rootfs/etc/containers/systemd/users/1000/web.container";
    const { desired } = build({ files: { [path]: container() }, layout: { files: ["rootfs"] } });
    expect(desired.files.get(`${etc}/users/1000/web.container`)).toMatchObject({ role: "file" });
    expect(desired.units.size).toBe(0);
  });

  it("has the drop-ins of its type and of its prefix, as with podman", () => {
    const files = {
      "units/media-web.container": container(),
      "units/container.d/10.conf": "[Container]\nEnvironment=A=1\n",
      "units/media-.container.d/20.conf": "[Container]\nEnvironment=B=2\n",
    };
    expect(placed({ files })).toEqual([
      `${etc}/container.d/10.conf`,
      `${etc}/media-.container.d/20.conf`,
      `${etc}/media-web.container`,
    ]);
    const { settings } = unitOf({ files }, "media-web.service").definition;
    expect(settings["Container.Environment"]).toEqual(["A=1", "B=2"]);
  });
});

describe("a file beside a quadlet", () => {
  const files = {
    "units/app/web.container": container("EnvironmentFile=./web.env\nVolume=./conf:/conf:ro\n"),
    "units/app/web.env": "A=b\n",
    "units/app/conf/app.conf": "x\n",
    "units/app/conf/.gitkeep": "",
    "units/app/README.md": "read me\n",
    "units/other.env": "A=b\n",
  };

  it("is placed and mentioned when the quadlet names it or its directory; nothing else is", () => {
    const beside = [`${etc}/app/conf/.gitkeep`, `${etc}/app/conf/app.conf`, `${etc}/app/web.env`];
    expect(placed({ files })).toEqual([...beside, `${etc}/app/web.container`].sort());
    expect(Object.keys(unitOf({ files }, "web.service").definition.files)).toEqual(beside);
    expect(build({ files }).desired.passedOver).toEqual(["units/app/README.md", "units/other.env"]);
  });

  it("is found by its place on the host, and also when its name begins with a dot", () => {
    const dotted = {
      "units/web.container": container(`EnvironmentFile=${etc}/.env\n`),
      "units/.env": "A=b\n",
    };
    expect(placed({ files: dotted })).toEqual([`${etc}/.env`, `${etc}/web.container`]);
  });

  it("has the rules of gitops.yaml for its place", () => {
    const fileRules = { [`${etc}/app/web.env`]: { mode: 0o600 } };
    expect(build({ files, fileRules }).desired.files.get(`${etc}/app/web.env`)).toMatchObject({
      mode: 0o600,
      role: "file",
      unit: null,
    });
  });

  it("is refused as a symlink", () => {
    const { "units/app/web.env": _, ...others } = files;
    const text = { files: others, links: { "units/app/web.env": "../other.env" } };
    expect(build(text).diagnostics).toMatchObject([{ code: "file-refused", file: "units/app/web.env" }]);
  });

  it("of a service only is passed over", () => {
    const text = { files: { "units/a.service": "[Service]\nEnvironmentFile=./a.env\n", "units/a.env": "" } };
    expect(build(text).desired.passedOver).toEqual(["units/a.env"]);
  });
});

describe("a relative path", () => {
  it.each([
    ["Container.EnvironmentFile", "a.env", `${etc}/app/a.env`],
    ["Container.EnvironmentFile", "../a.env", `${etc}/a.env`],
    ["Container.EnvironmentFile", "./%i.env", `${etc}/app/%i.env`],
    ["Container.EnvironmentFile", "%d/a", "%d/a"],
    ["Container.Volume", "./data:/data:ro", `${etc}/app/data:/data:ro`],
    ["Container.Volume", "data:/data", "data:/data"],
    ["Container.Mount", "type=bind,source=./a,target=/a", `type=bind,source=${etc}/app/a,target=/a`],
    ["Pod.Volume", "./data:/data", `${etc}/app/data:/data`],
    ["Kube.Yaml", "./pod.yaml", `${etc}/app/pod.yaml`],
    ["Kube.ConfigMap", "cm.yaml", `${etc}/app/cm.yaml`],
    ["Kube.Yaml", "https://example.org/pod.yaml", "https://example.org/pod.yaml"],
    ["Build.SetWorkingDirectory", "unit", `${etc}/app`],
    ["Build.SetWorkingDirectory", "./context", `${etc}/app/context`],
    ["Container.Exec", "./run", "./run"],
  ])("in %s=%s means %s", (key, value, expected) => {
    expect(resolveQuadletPaths({ [key]: [value] }, `${etc}/app`)).toEqual({ [key]: [expected] });
  });

  it("in SetWorkingDirectory=file means the directory of the Containerfile", () => {
    const settings = { "Build.File": ["image/Containerfile"], "Build.SetWorkingDirectory": ["file"] };
    expect(resolveQuadletPaths(settings, etc)["Build.SetWorkingDirectory"]).toEqual([`${etc}/image`]);
  });
});

describe("an instance of a quadlet", () => {
  const files = { "units/app/worker@.container": container("Environment=A=b\n") };
  const links = { "units/app/worker@one.container": "worker@.container" };

  it("is declared by a link, which the host gets with the whole path of the template", () => {
    const { desired, diagnostics } = build({ files, links });
    expect(diagnostics).toEqual([]);
    expect(desired.files.get(`${etc}/app/worker@one.container`)).toMatchObject({
      kind: "link",
      linkTarget: `${etc}/app/worker@.container`,
    });
    expect(desired.units.get("worker@one.service")).toMatchObject({
      owned: true,
      declared: true,
      quadlet: "worker@one.container",
    });
  });

  it("is declared by gitops.yaml, which makes the link beside the template", () => {
    const { desired } = build({ files, units: { "worker@.service": { instances: ["two"] } } });
    expect(desired.files.get(`${etc}/app/worker@two.container`)).toMatchObject({
      kind: "link",
      origin: "gitops.yaml",
    });
    expect(desired.units.get("worker@two.service")).toMatchObject({ declared: true });
  });

  it("has the drop-ins of the template, and its own in their place", () => {
    const dropIns = {
      "units/worker@.container.d/10.conf": "[Container]\nEnvironment=C=template\n",
      "units/worker@.container.d/20.conf": "[Container]\nEnvironment=D=template\n",
      "units/worker@one.container.d/10.conf": "[Container]\nEnvironment=C=own\n",
    };
    const unit = unitOf({ files: { ...files, ...dropIns }, links }, "worker@one.service");
    expect(unit.definition.settings["Container.Environment"]).toEqual(["A=b", "C=own", "D=template"]);
  });

  it("is declared by a unit that pulls it in, and by DefaultInstance=, without a link", () => {
    const more = {
      "units/app/other@.container": `${container()}DefaultInstance=main\n`,
      "units/all.target": `[Unit]\nWants=worker@four.service\n${install}`,
    };
    const { desired } = build({ files: { ...files, ...more } });
    expect(desired.units.get("worker@four.service")).toMatchObject({ owned: true, pulledIn: true });
    expect(desired.units.get("other@main.service")).toMatchObject({ owned: true, declared: true });
    expect([...desired.files.keys()].filter((path) => path.includes("four"))).toEqual([]);
  });

  it("gets the secrets of its template, and may have its own", () => {
    const secrets = {
      "secrets/worker@.container/token.age": "a",
      "secrets/worker@one.container/token.age": "b",
    };
    const { credentials } = unitOf({ files, links, secrets }, "worker@one.service").definition;
    expect(Object.keys(credentials)).toEqual(["token"]);
  });

  it("of no template is an error that names the link", () => {
    const text = { files: {}, links: { "units/worker@one.container": "worker@.container" } };
    expect(build(text).diagnostics).toMatchObject([
      { code: "not-a-unit", file: "units/worker@one.container", severity: "error" },
    ]);
  });

  it("by another name is another quadlet with the same text", () => {
    const text = {
      files: { "units/web.container": container() },
      links: { "units/second.container": "web.container" },
    };
    expect(placed(text)).toEqual([`${etc}/second.container`, `${etc}/web.container`]);
    expect(unitOf(text, "second.service").quadlet).toBe("second.container");
  });
});
