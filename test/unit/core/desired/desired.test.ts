import { describe, expect, it } from "vitest";
import type { HostFile } from "../../../../src/core/model/desired.ts";
import { build, unitDirectory } from "../../../support/values/scenario.ts";

const service = "[Service]\nExecStart=/bin/true\n";
const enabled = `${service}[Install]\nWantedBy=multi-user.target\n`;

function textOf(file: HostFile | undefined): string {
  if (file === undefined) return "no such file";
  return file.kind === "link" ? `-> ${file.linkTarget}` : new TextDecoder().decode(file.bytes);
}

function messagesOf(text: Parameters<typeof build>[0]): readonly string[] {
  return build(text).diagnostics.map(({ file, message }) => `${file} ${message}`);
}

describe("layers", () => {
  it("replace the same path: top level, then roles in order, then the host", () => {
    const { desired } = build({
      files: {
        "units/a.service": "top",
        "roles/one/units/a.service": "one",
        "roles/two/units/a.service": "two",
        "units/b.service": "top",
        "roles/one/units/b.service": "one",
        "hosts/h1/units/c.service": "host",
        "units/c.service": "top",
        "hosts/other/units/d.service": "other",
        "roles/three/units/e.service": "three",
      },
      hosts: { h1: { roles: ["one", "two"] } },
    });
    const contents = ["a", "b", "c"].map((name) =>
      textOf(desired.files.get(`${unitDirectory}/${name}.service`)),
    );
    expect(contents).toEqual(["two", "one", "host"]);
    expect([...desired.units.keys()].sort()).toEqual(["a.service", "b.service", "c.service"]);
  });

  it.each(["units", "hosts", "hosts/h1", "roles/one", "hosts/h1/secrets"])(
    "are not left out in silence where %s is a symlink",
    (link) => {
      const text = { files: { "elsewhere/a.service": service }, links: { [link]: "elsewhere" } };
      expect(messagesOf({ ...text, hosts: { h1: { roles: ["one"] } } })).toEqual([
        `${link} is a symlink where a directory is expected: what lies behind it would be left out`,
      ]);
    },
  );

  it("of others may be what they like", () => {
    const links = { "hosts/other": "h1", "roles/two": "one", unitsfile: "x", docs: "x" };
    expect(messagesOf({ files: { "units/a.service": service, hosts: "an inventory" }, links })).toEqual([]);
  });

  it("add up the drop-ins, sorted by file name", () => {
    const { desired } = build({
      files: {
        "units/a.service": service,
        "hosts/h1/units/a.service.d/10-first.conf": "[Service]\nEnvironment=A=1\n",
        "units/a.service.d/20-second.conf": "[Service]\nEnvironment=A=2\n",
      },
    });
    expect(desired.units.get("a.service")?.definition.settings["Service.Environment"]).toEqual([
      "A=1",
      "A=2",
    ]);
  });

  it("warn of a host that the repository does not know", () => {
    const result = messagesOf({ files: { "units/a.service": service }, hosts: { other: { roles: [] } } });
    expect(result).toEqual(["gitops.yaml hosts: does not list h1, which gets the top level only"]);
  });
});

describe("drop-ins", () => {
  it("reset a list by an empty assignment across files", () => {
    const { desired } = build({
      files: {
        "units/a.service": "[Service]\nExecStart=/bin/one\n",
        "units/a.service.d/x.conf": "[Service]\nExecStart=\nExecStart=/bin/two\n",
      },
    });
    expect(desired.units.get("a.service")?.definition.settings["Service.ExecStart"]).toEqual(["/bin/two"]);
  });

  it("of the same name: the more specific directory hides the other", () => {
    const { desired } = build({
      files: {
        "units/app-web.service": service,
        "units/app-.service.d/x.conf": "[Service]\nNice=1\n",
        "units/service.d/x.conf": "[Service]\nNice=2\n",
        "units/service.d/y.conf": "[Service]\nUMask=0077\n",
      },
    });
    const settings = desired.units.get("app-web.service")?.definition.settings ?? {};
    expect(settings["Service.Nice"]).toEqual(["1"]);
    expect(settings["Service.UMask"]).toEqual(["0077"]);
  });

  it("for a unit that the repository does not define extend it without owning it", () => {
    const { desired } = build({ files: { "units/cron.service.d/x.conf": "[Service]\nNice=1\n" } });
    expect(desired.units.get("cron.service")?.owned).toBe(false);
  });
});

describe("enablement", () => {
  it("is the links that systemctl enable would make", () => {
    const { desired } = build({
      files: {
        "units/a.service":
          "[Install]\nWantedBy=multi-user.target graphical.target\nRequiredBy=x.target\nAlias=z.service\n",
      },
    });
    const links = [...desired.files.values()].filter(({ kind }) => kind === "link");
    expect(
      links.map((link) => `${link.path.slice(unitDirectory.length + 1)} ${textOf(link)}`).sort(),
    ).toEqual([
      `graphical.target.wants/a.service -> ${unitDirectory}/a.service`,
      `multi-user.target.wants/a.service -> ${unitDirectory}/a.service`,
      `x.target.requires/a.service -> ${unitDirectory}/a.service`,
      `z.service -> ${unitDirectory}/a.service`,
    ]);
  });

  it("of instances points to the template; a template alone is enabled as its DefaultInstance", () => {
    const { desired } = build({
      files: { "units/w@.service": `${service}[Install]\nWantedBy=%p-%i.target\nDefaultInstance=main\n` },
      units: { "w@.service": { instances: ["a"] } },
    });
    const links = [...desired.files.values()].filter(({ role }) => role === "enablement");
    expect(links.map(({ path }) => path.slice(unitDirectory.length + 1)).sort()).toEqual([
      "w-a.target.wants/w@a.service",
      "w-main.target.wants/w@main.service",
    ]);
    expect(links.map(textOf)).toContain(`-> ${unitDirectory}/w@.service`);
  });

  it("is left out for a unit that shall be stopped", () => {
    const { desired } = build({
      files: { "units/a.service": enabled },
      units: { "a.service": { state: "stopped" } },
    });
    expect([...desired.files.values()].filter(({ role }) => role === "enablement")).toEqual([]);
  });
});

describe("secrets", () => {
  const text = {
    files: { "units/web.service": service, "units/w@.service": service, "units/w@a.service.d/x.conf": "" },
    secrets: {
      "secrets/web.service/db-password.age": "one",
      "secrets/w@.service/shared.age": "two",
      "secrets/w@a.service/own.age": "three",
    },
    units: { "w@.service": { instances: ["a", "b"] } },
  };

  it("reach the unit by a generated drop-in that names the current generation and the restore unit", () => {
    const { desired } = build(text);
    const dropIn = textOf(
      desired.files.get(`${unitDirectory}/web.service.d/50-gitops-agent-credentials.conf`),
    );
    expect(dropIn).toContain(
      "LoadCredential=db-password:/run/gitops-agent/credentials/current/web.service/db-password\n",
    );
    expect(dropIn).toContain("After=gitops-agent-credentials.service\n");
  });

  it("of a template reach every instance, also one that has secrets of its own", () => {
    const { desired } = build(text);
    const dropIn = textOf(
      desired.files.get(`${unitDirectory}/w@a.service.d/50-gitops-agent-credentials.conf`),
    );
    expect(dropIn).toContain(
      "LoadCredential=shared:/run/gitops-agent/credentials/current/w@.service/shared\n",
    );
    expect(dropIn).toContain("LoadCredential=own:/run/gitops-agent/credentials/current/w@a.service/own\n");
    expect(Object.keys(desired.units.get("w@a.service")?.definition.credentials ?? {}).sort()).toEqual([
      "own",
      "shared",
    ]);
    expect(Object.keys(desired.units.get("w@b.service")?.definition.credentials ?? {})).toEqual(["shared"]);
  });

  it.each([
    ["secrets/web.service/x.txt", "does not end in .age"],
    ["secrets/stray.age", "is not at UNIT/NAME.age"],
    ["secrets/a.timer/x.age", "belongs to a.timer, which is not a unit that can receive credentials"],
  ])("%s is refused", (path, message) => {
    expect(messagesOf({ files: {}, secrets: { [path]: "x" } })).toEqual([`${path} ${message}`]);
  });
});

describe("managed files", () => {
  const text = {
    files: {
      "units/a.service":
        "[Service]\nEnvironmentFile=-/etc/app/environment\nExecStart=/bin/sh -c 'exec /opt/x'\n",
      "units/b.service": "[Service]\nExecStart=/opt/xy\nLoadCredential=k:/etc/app/key\n",
      "units/c.service": service,
      "files/etc/app/environment": "A=1\n",
      "files/opt/x": "x",
      "files/etc/app/key": "k",
      "files/etc/other": "o",
    },
    fileRules: { "/etc/other": { mode: 0o600, group: "app", restarts: ["c.service"] } },
  };

  it("are dependencies of the units that mention their whole path, and of those that restarts: names", () => {
    const { desired } = build(text);
    const filesOf = (unit: string) => Object.keys(desired.units.get(unit)?.definition.files ?? {});
    expect(filesOf("a.service")).toEqual(["/etc/app/environment", "/opt/x"]);
    expect(filesOf("b.service")).toEqual(["/etc/app/key"]);
    expect(filesOf("c.service")).toEqual(["/etc/other"]);
  });

  it("are refused where one layer has a file and another a directory", () => {
    const files = { "files/etc/app": "a", "hosts/h1/files/etc/app/conf.d/b": "b", "files/etc/apple/c": "c" };
    expect(messagesOf({ files })).toEqual([
      "hosts/h1/files/etc/app/conf.d/b needs the directory /etc/app, which is a file in files/etc/app",
    ]);
  });

  it("get mode and group from gitops.yaml", () => {
    expect(build(text).desired.files.get("/etc/other")).toMatchObject({ mode: 0o600, group: "app" });
  });

  it.each([
    "files/etc/gitops-agent/agent.yaml",
    "files/usr/lib/systemd/system/x.service",
    "files/etc/shadow",
    "files/run/x",
  ])("%s is refused", (path) => {
    const [message] = messagesOf({ files: { [path]: "x" } });
    expect(message).toContain(`${path} would be written to`);
  });
});
