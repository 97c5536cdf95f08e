/** Repositories that were not made for gitops-agent: where their units and files are found. */
import { describe, expect, it } from "vitest";
import { isWantedPath } from "../../../../src/core/desired/layers.ts";
import { build, makeConfig, type RepositoryText } from "../../../support/values/scenario.ts";

const service = "[Service]\nExecStart=/bin/true\n";
const etc = "/etc/systemd/system";

function placed(text: RepositoryText): Readonly<Record<string, string>> {
  const { desired, diagnostics } = build(text);
  expect(diagnostics).toEqual([]);
  return Object.fromEntries([...desired.files.values()].map(({ path, origin }) => [path, origin]));
}

describe("units", () => {
  it("lie at the top of the repository with layout .", () => {
    const files = {
      "README.md": "hello",
      "web.service": service,
      "web.service.d/10-user.conf": "[Service]\nUser=web\n",
      "docs/example.service": service,
    };
    expect(placed({ files, layout: { units: ["."] } })).toEqual({
      [`${etc}/web.service`]: "web.service",
      [`${etc}/web.service.d/10-user.conf`]: "web.service.d/10-user.conf",
    });
  });

  it("lie one level down with a pattern", () => {
    const files = {
      "services/web/web.service": service,
      "services/web/install.sh": "#!/bin/sh\n",
      "services/db/db.service": service,
      "services/db/db.service.d/10-user.conf": "[Service]\nUser=db\n",
      "services/db/old/db.service": service,
    };
    expect(placed({ files, layout: { units: ["services/*"] } })).toEqual({
      [`${etc}/web.service`]: "services/web/web.service",
      [`${etc}/db.service`]: "services/db/db.service",
      [`${etc}/db.service.d/10-user.conf`]: "services/db/db.service.d/10-user.conf",
    });
  });

  it("lie at any depth with **", () => {
    const files = { "systemd/a.service": service, "systemd/x/y/b.timer": "[Timer]\nOnCalendar=daily\n" };
    expect(Object.keys(placed({ files, layout: { units: ["systemd/**"] } })).sort()).toEqual([
      `${etc}/a.service`,
      `${etc}/b.timer`,
    ]);
  });

  it("of the same name in two directories of one pattern are an error", () => {
    const files = { "services/a/x.service": service, "services/b/x.service": service };
    expect(build({ files, layout: { units: ["services/*"] } }).diagnostics).toMatchObject([
      { code: "unit-twice", file: "services/b/x.service" },
    ]);
  });

  it("in a directory that is kept away are passed over", () => {
    const files = { "systemd/x.old/a.service": service, "systemd/.attic/b.service": service };
    expect(build({ files, layout: { units: ["systemd/**"] } }).desired.passedOver).toEqual([
      "systemd/.attic/b.service",
      "systemd/x.old/a.service",
    ]);
  });

  it("of other hosts and of roles are not found by a pattern of the top level", () => {
    const files = { "a.service": service, "hosts/other/b.service": service, "roles/db/c.service": service };
    expect(Object.keys(placed({ files, layout: { units: ["**"] } }))).toEqual([`${etc}/a.service`]);
  });

  it("lie in the tree of a host, beside its other files", () => {
    const files = {
      "rootfs/etc/systemd/system/web.service": service,
      "rootfs/etc/systemd/system/web.service.d/10-user.conf": "[Service]\nUser=web\n",
      "rootfs/etc/containers/systemd/app.container": "[Container]\nImage=example.org/app\n",
      "rootfs/etc/web.conf": "x",
    };
    const text = { files, layout: { files: ["rootfs"] } };
    expect(Object.keys(placed(text)).sort()).toEqual([
      "/etc/containers/systemd/app.container",
      `${etc}/web.service`,
      `${etc}/web.service.d/10-user.conf`,
      "/etc/web.conf",
    ]);
    expect(build(text).desired.units.has("app.service")).toBe(true);
  });
});

describe("a host with a directory of its own name", () => {
  const text: RepositoryText = {
    files: { "servers/one/units/a.service": service, "servers/two/units/b.service": service },
    hosts: { h1: { roles: [], directory: "servers/one" }, h2: { roles: [], directory: "servers/two" } },
  };

  it("gets the files of that directory and not those of another host", () => {
    expect(Object.keys(placed(text))).toEqual([`${etc}/a.service`]);
  });

  it("reads no file of another host", () => {
    const config = makeConfig(text);
    expect(isWantedPath(config, "h1", "servers/one/units/a.service")).toBe(true);
    expect(isWantedPath(config, "h1", "servers/two/units/b.service")).toBe(false);
  });
});

describe("units of users", () => {
  const files = {
    "web.service": service,
    "user/sync.service": service,
    ".config/systemd/user/mail.service": service,
    "systemd/user/x.service.d/a.conf": "[Service]\nNice=1\n",
  };

  it("are left out by a pattern, and one warning names them", () => {
    const { desired, diagnostics } = build({ files, layout: { units: ["**"] } });
    expect([...desired.files.keys()]).toEqual([`${etc}/web.service`]);
    expect(desired.passedOver).toEqual([]);
    expect(diagnostics).toHaveLength(1);
    expect(diagnostics).toMatchObject([{ severity: "warning", code: "user-unit" }]);
    for (const path of Object.keys(files).slice(1)) {
      expect(`${diagnostics[0]?.file} ${diagnostics[0]?.message}`).toContain(path);
    }
  });

  it("are left out below a plain directory as well", () => {
    const inDirectory = { "units/web.service": service, "units/user/sync.service": service };
    expect(build({ files: inDirectory }).diagnostics).toMatchObject([
      { severity: "warning", code: "user-unit", file: "units/user/sync.service" },
    ]);
  });

  it.each(["user", "user/*"])(
    "are units of the system when layout names their directory: %s",
    (directory) => {
      const text = {
        files: { "user/a.service": service, "user/b/b.service": service },
        layout: { units: [directory] },
      };
      const { desired, diagnostics } = build(text);
      expect(diagnostics.filter(({ code }) => code === "user-unit")).toEqual([]);
      expect(desired.files.size).toBe(1);
    },
  );

  it("are not what a directory of services named user has", () => {
    const text = { files: { "services/user/user.service": service }, layout: { units: ["services/*"] } };
    expect(Object.keys(placed(text))).toEqual([`${etc}/user.service`]);
  });

  it("are placed like any other file below a directory of files", () => {
    const text = { files: { "files/etc/systemd/user/sync.service": service } };
    expect(Object.keys(placed(text))).toEqual(["/etc/systemd/user/sync.service"]);
  });
});
