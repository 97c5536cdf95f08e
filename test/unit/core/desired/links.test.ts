/** Links of a repository: what enables a unit, and what gives it another name. */
import { describe, expect, it } from "vitest";
import { build, type RepositoryText } from "../../../support/values/scenario.ts";

const service = "[Service]\nExecStart=/bin/true\n";
const enabled = `${service}[Install]\nWantedBy=multi-user.target\n`;
const etc = "/etc/systemd/system";

describe("links below units/", () => {
  it("declare instances, aliases and masks", () => {
    const { desired, diagnostics } = build({
      files: { "units/w@.service": enabled, "units/a.service": service },
      links: {
        "units/w@one.service": "w@.service",
        "units/b.service": "a.service",
        "units/telnet.socket": "/dev/null",
      },
    });
    expect(diagnostics).toEqual([]);
    expect(desired.units.get("w@one.service")?.declared).toBe(true);
    expect(desired.units.get("telnet.socket")?.masked).toBe(true);
    expect(desired.files.get(`${etc}/b.service`)).toMatchObject({ linkTarget: "a.service" });
    expect(desired.files.get(`${etc}/telnet.socket`)).toMatchObject({ linkTarget: "/dev/null" });
  });
});

describe("enablement", () => {
  const linkOf = (text: RepositoryText, path: string) => {
    const file = build(text).desired.files.get(`${etc}/${path}`);
    return file?.kind === "link" ? file.linkTarget : null;
  };

  it("of a unit is off with enabled: false, although it has an [Install] section", () => {
    const text = { files: { "units/a.service": enabled }, units: { "a.service": { enabled: false } } };
    expect(linkOf(text, "multi-user.target.wants/a.service")).toBeNull();
    expect(linkOf({ files: text.files }, "multi-user.target.wants/a.service")).toBe(`${etc}/a.service`);
  });

  it.each([
    ["../a.service", "../a.service"],
    ["/etc/systemd/system/a.service", `${etc}/a.service`],
    ["/opt/elsewhere/a.service", `${etc}/a.service`],
    ["../../units/a.service", `${etc}/a.service`],
  ])(
    "of a unit of the repository can be a link to %s: only its name counts, and on the host it leads to %s",
    (target, onHost) => {
      const text = {
        files: { "units/a.service": service },
        links: { "units/multi-user.target.wants/a.service": target },
      };
      expect(linkOf(text, "multi-user.target.wants/a.service")).toBe(onHost);
      expect(build(text).desired.units.get("a.service")?.wantedBy).toEqual(["multi-user.target"]);
    },
  );

  it("by [Install] and by a link at the same path keeps the target of the link", () => {
    const text = {
      files: { "units/a.service": enabled },
      links: { "units/multi-user.target.wants/a.service": "../a.service" },
    };
    expect(build(text).diagnostics).toEqual([]);
    expect(linkOf(text, "multi-user.target.wants/a.service")).toBe("../a.service");
  });

  it.each(["/usr/lib/systemd/system/nginx.service", "/lib/systemd/system/nginx.service"])(
    "of a unit of the distribution is a link to %s, which stays as it is",
    (target) => {
      const text = { files: {}, links: { "units/multi-user.target.wants/nginx.service": target } };
      expect(build(text).diagnostics).toEqual([]);
      expect(linkOf(text, "multi-user.target.wants/nginx.service")).toBe(target);
      expect(build(text).desired.units.get("nginx.service")).toMatchObject({ owned: false });
    },
  );

  it("by a link to a unit that nobody has is an error", () => {
    const text = { files: {}, links: { "units/multi-user.target.wants/x.service": "../x.service" } };
    expect(build(text).diagnostics).toMatchObject([{ code: "link-without-unit", severity: "error" }]);
  });

  it("by a link declares an instance", () => {
    const text = {
      files: { "units/w@.service": service },
      links: { "units/multi-user.target.wants/w@one.service": "../w@.service" },
    };
    expect(linkOf(text, "multi-user.target.wants/w@one.service")).toBe("../w@.service");
    expect(build(text).desired.units.get("w@one.service")).toMatchObject({ owned: true, declared: true });
  });

  it("of an instance with a file of its own points to that file, as systemctl enable makes it", () => {
    const text = { files: { "units/w@.service": service, "units/w@one.service": enabled } };
    expect(linkOf(text, "multi-user.target.wants/w@one.service")).toBe(`${etc}/w@one.service`);
  });

  it.each([
    "../../../../lib/systemd/system/nginx.service",
    "../../../../usr/lib/systemd/system/nginx.service",
  ])("of a unit of the distribution is also a relative link, %s, that leads there on the host", (target) => {
    const text = { files: {}, links: { "units/multi-user.target.wants/nginx.service": target } };
    expect(build(text).diagnostics).toEqual([]);
    expect(linkOf(text, "multi-user.target.wants/nginx.service")).toBe(target);
  });

  it("by the alias of a unit enables that unit", () => {
    const text = {
      files: { "units/a.service": service },
      links: { "units/b.service": "a.service", "units/multi-user.target.wants/b.service": "../b.service" },
    };
    expect(build(text).diagnostics).toEqual([]);
    expect(linkOf(text, "multi-user.target.wants/b.service")).toBe("../b.service");
    expect(build(text).desired.units.get("a.service")?.wantedBy).toEqual(["multi-user.target"]);
    expect(build(text).desired.units.has("b.service")).toBe(false);
  });
});

describe("an alias", () => {
  it("may point to a unit of the distribution by an absolute path", () => {
    const target = "/usr/lib/systemd/system/bluetooth.service";
    const text = { files: {}, links: { "units/dbus-org.bluez.service": target } };
    const { desired, diagnostics } = build(text);
    expect(diagnostics).toEqual([]);
    expect(desired.files.get(`${etc}/dbus-org.bluez.service`)).toMatchObject({ linkTarget: target });
  });

  it("of a unit for itself is passed over", () => {
    const text = {
      files: {},
      links: { "units/nginx.service": "/usr/lib/systemd/system/nginx.service" },
    };
    expect(build(text).desired).toMatchObject({ passedOver: ["units/nginx.service"] });
  });

  it("of an instance may point to a template elsewhere in the repository, and to an alias of one", () => {
    const text: RepositoryText = {
      files: { "templates/w@.service": service },
      links: {
        "queues/w@a.service": "../templates/w@.service",
        "queues/v@.service": "../templates/w@.service",
      },
      layout: { units: ["templates", "queues"] },
    };
    const { desired, diagnostics } = build(text);
    expect(diagnostics).toEqual([]);
    expect(desired.files.get(`${etc}/w@a.service`)).toMatchObject({
      role: "instance",
      linkTarget: "w@.service",
    });
    expect(desired.files.get(`${etc}/v@.service`)).toMatchObject({ role: "alias", linkTarget: "w@.service" });
  });
});

describe("the name of an alias", () => {
  const files = {
    "units/a.service": service,
    "units/w@.service": service,
    "units/w@own.service": service,
    "units/a.timer": "[Timer]\nOnBootSec=1\n",
  };
  const codes = (name: string, target: string) =>
    build({ files, links: { [`units/${name}`]: target } }).diagnostics.map(({ code }) => code);

  it.each([
    ["b.service", "a.service"],
    ["v@.service", "w@.service"],
    ["v@one.service", "w@.service"],
    ["v@own.service", "w@own.service"],
  ])("%s is one that systemd takes for %s", (name, target) => {
    expect(codes(name, target)).toEqual([]);
  });

  it.each([
    ["b.service", "a.timer"],
    ["b.service", "w@own.service"],
    ["b.service", "w@.service"],
    ["v@.service", "a.service"],
    ["v@one.service", "a.service"],
    ["v@one.service", "w@own.service"],
  ])("%s is an error for %s, since systemd would find no such unit", (name, target) => {
    expect(codes(name, target)).toEqual(["not-a-unit"]);
  });
});

describe("a link to a unit elsewhere in the repository", () => {
  it("is an alias that points to the unit where it lies on the host", () => {
    const text: RepositoryText = {
      files: { "apps/web/web.service": service },
      links: { "apps/names/www.service": "../web/web.service" },
      layout: { units: ["apps/*"] },
    };
    const { desired, diagnostics } = build(text);
    expect(diagnostics).toEqual([]);
    expect(desired.files.get(`${etc}/www.service`)).toMatchObject({
      role: "alias",
      linkTarget: "web.service",
    });
  });

  it("may point to a file that another layer replaces", () => {
    const text: RepositoryText = {
      files: { "units/web.service": service, "hosts/h1/units/web.service": enabled },
      links: { "hosts/h1/units/www.service": "../../../units/web.service" },
    };
    expect(build(text).diagnostics).toEqual([]);
  });

  it("of the same name says once more what is there already, in another directory and in another layer", () => {
    const text: RepositoryText = {
      files: { "units/all/web.service": service },
      links: {
        "units/enabled/web.service": "../all/web.service",
        "hosts/h1/units/web.service": "../../../units/all/web.service",
      },
      layout: { units: ["units/*", "units"] },
    };
    const { desired, diagnostics } = build(text);
    expect(diagnostics).toEqual([]);
    expect(desired.files.get(`${etc}/web.service`)).toMatchObject({ origin: "units/all/web.service" });
  });

  it.each([
    ["../shared/web.service", "which is no unit that this host gets"],
    ["../files/opt/web.service", "which is no unit that this host gets"],
    ["../../web.service", "which is outside the repository"],
    ["../shared/web.txt", "which is no unit"],
    ["/home/me/hosts/units/web.service", "where a host has no units"],
    ["b.timer", "and b.timer cannot have the name a.service"],
    [`${"x/".repeat(5000)}web.service`, "which is longer than a path can be"],
  ])("that cannot be followed is an error that says why (%#)", (target, reason) => {
    const text: RepositoryText = {
      files: {
        "shared/web.service": service,
        "files/opt/web.service": service,
        "units/b.timer": "[Timer]\nOnBootSec=1\n",
      },
      links: { "units/a.service": target },
    };
    const { diagnostics } = build(text);
    expect(diagnostics).toHaveLength(1);
    expect(diagnostics).toMatchObject([{ severity: "error", file: "units/a.service" }]);
    expect(diagnostics[0]?.message).toContain(reason);
  });
});
