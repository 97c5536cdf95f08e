import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { importFiles, listNamedPaths } from "../../../../src/core/import/import-files.ts";
import { importUnits } from "../../../../src/core/import/import-units.ts";
import type { LocalEntry } from "../../../../src/core/import/imported.ts";
import type { ImportRules } from "../../../../src/core/import/take.ts";
import { makeSystemLayout, systemPaths } from "../../../../src/core/model/system-layout.ts";

const etc = systemPaths.unitDirectory;
const rules: ImportRules = {
  layout: makeSystemLayout(systemPaths),
  selected: null,
  isProtected: (unit) => unit === "ssh.service",
  isManaged: (path) => path.endsWith("/managed.service"),
  keepSecrets: false,
};

const entry = (path: string, text: string, kind: LocalEntry["kind"] = "file"): LocalEntry => ({
  path: path.startsWith("/") ? path : `${etc}/${path}`,
  kind,
  bytes: new TextEncoder().encode(text),
  mode: 0o644,
  owner: "root",
  group: "root",
  packageName: null,
});
const link = (path: string, target: string) => entry(path, target, "link");
const service = "[Service]\nExecStart=/bin/true\n";
const enabled = `${service}[Install]\nWantedBy=multi-user.target\n`;

const take = (entries: readonly LocalEntry[], changed: Partial<ImportRules> = {}) =>
  importUnits(entries, { ...rules, ...changed });
const paths = (entries: readonly LocalEntry[], changed: Partial<ImportRules> = {}) =>
  take(entries, changed).entries.map(({ path }) => path);
const reasons = (entries: readonly LocalEntry[]) => take(entries).leftOut.map(({ reason }) => reason);

describe("import takes", () => {
  it("units, drop-ins, masks and aliases byte for byte, at their names", () => {
    const entries = [
      entry("a.service", service),
      entry("a.service.d/x.conf", "[Service]\nNice=5\n"),
      entry("foreign.service.d/x.conf", "[Service]\nNice=5\n"),
      link("mask.socket", "/dev/null"),
      link("alias.service", "a.service"),
      link("worker@one.service", "a.service"),
    ];
    expect(paths(entries)).toEqual(entries.map(({ path }) => path.replace(etc, "units")));
    for (const { source, bytes } of take(entries).entries)
      expect(bytes).toBe(entries.find(({ path }) => path === source)?.bytes);
  });

  it("quadlets with what lies beside them, and no old copies", () => {
    const at = systemPaths.quadletDirectory;
    const entries = [
      entry(`${at}/web/web.container`, "[Container]\nImage=x\n"),
      entry(`${at}/web/conf/app.conf`, "port = 1\n"),
      entry(`${at}/web/web.container.bak`, "[Container]\n"),
      entry(`${at}/README.md`, "text\n"),
    ];
    expect(paths(entries)).toEqual(["units/web/web.container", "units/web/conf/app.conf"]);
    const others = [entry(`${at}/db.container`, "[Container]\n"), entry(`${at}/x/x.volume`, "[Volume]\n")];
    expect(paths([...entries, ...others], { selected: new Set(["web.service"]) })).toEqual(paths(entries));
    expect(paths([...entries, ...others], { selected: new Set(["db.service"]) })).toEqual([
      "units/db.container",
    ]);
  });

  it("only what is asked for, of a template with its instances", () => {
    const entries = [
      entry("a.service", enabled),
      entry("w@.service", service),
      link("multi-user.target.wants/w@1.service", `${etc}/w@.service`),
      link("timers.target.wants/fstrim.timer", "/usr/lib/systemd/system/fstrim.timer"),
    ];
    expect(paths(entries, { selected: new Set(["w@.service"]) })).toEqual([
      "units/w@.service",
      "units/multi-user.target.wants/w@1.service",
    ]);
    expect(paths(entries, { selected: new Set(["fstrim.timer"]) })).toEqual([
      "units/timers.target.wants/fstrim.timer",
    ]);
  });
});

describe("import leaves out, with the reason,", () => {
  it("what packages own, what is protected, what git has, and what systemd does not read", () => {
    expect(reasons([{ ...entry("p.service", service), packageName: "nginx" }])).toEqual([
      "it belongs to the package nginx",
    ]);
    expect(reasons([entry("ssh.service", service)])).toEqual(["the unit is protected"]);
    expect(reasons([entry("managed.service", service)])).toEqual(["it comes from git already"]);
    expect(reasons([entry("notes.txt", "x")])).toEqual(["systemd does not read it"]);
  });

  it("links of the distribution's units, and links to units that lie elsewhere", () => {
    expect(reasons([link("sockets.target.wants/x.socket", "/usr/lib/systemd/system/x.socket")])).toEqual([
      "it enables x.socket, which is not taken",
    ]);
    expect(reasons([link("sshd.service", "/usr/lib/systemd/system/other.service")])).toEqual([
      "it is a name of other.service, which is not taken",
    ]);
    expect(reasons([link("app.service", "/opt/app/app.service")])).toEqual([
      "it leads to /opt/app/app.service: to take the unit, put its file in the link's place",
    ]);
  });

  it("a file with a secret, whose drop-ins and links are then those of a unit that is not taken", () => {
    const secret = `[Service]\nEnvironment=API_TOKEN=abcdefgh\nExecStart=/bin/true\n`;
    const found = take([entry("a.service", secret)]);
    expect(found.entries).toEqual([]);
    expect(found.secrets).toEqual([{ path: `${etc}/a.service`, line: 2, what: "Environment= API_TOKEN" }]);
    expect(paths([entry("a.service", secret)], { keepSecrets: true })).toEqual(["units/a.service"]);
  });
});

describe("import says of enablement", () => {
  const ruleOf = (entries: readonly LocalEntry[], unit: string) => take(entries).unitRules.get(unit);
  const wants = (name: string, target = name) => link(`multi-user.target.wants/${name}`, `${etc}/${target}`);

  it("nothing where the links are those of [Install], also of an alias that it makes", () => {
    const named = `${enabled}Alias=other.service\n`;
    const entries = [
      entry("a.service", named),
      wants("a.service"),
      link("other.service", `${etc}/a.service`),
    ];
    expect(paths(entries)).toEqual(["units/a.service"]);
    expect(take(entries).unitRules.size).toBe(0);
    expect(take(entries).leftOut).toEqual([]);
  });

  it("enabled: false where a unit with [Install] is not enabled, or only in part", () => {
    expect(ruleOf([entry("a.service", enabled)], "a.service")).toEqual({ enabled: false });
    const two = entry("b.service", enabled.replace("multi-user.target", "multi-user.target x.target"));
    expect(ruleOf([two, wants("b.service")], "b.service")).toEqual({ enabled: false });
    expect(paths([two, wants("b.service")])).toContain("units/multi-user.target.wants/b.service");
  });

  it("by a link what [Install] does not say, or says with another target", () => {
    expect(paths([entry("a.service", service), wants("a.service")])).toEqual([
      "units/a.service",
      "units/multi-user.target.wants/a.service",
    ]);
    const relative = link("multi-user.target.wants/b.service", "../b.service");
    expect(paths([entry("b.service", enabled), relative])).toContain(
      "units/multi-user.target.wants/b.service",
    );
    expect(ruleOf([entry("b.service", enabled), relative], "b.service")).toBeUndefined();
  });

  it("which instances of a template are enabled, without its default instance", () => {
    const template = `${enabled}DefaultInstance=main\n`;
    const instances = ["main", "a", "b"].map((name) => wants(`w@${name}.service`, "w@.service"));
    expect(ruleOf([entry("w@.service", template), ...instances], "w@.service")).toEqual({
      instances: ["a", "b"],
    });
    expect(paths([entry("w@.service", template), ...instances])).toEqual(["units/w@.service"]);
    const withoutDefault = [entry("w@.service", template), ...instances.slice(1)];
    expect(ruleOf(withoutDefault, "w@.service")).toEqual({ enabled: false });
    expect(paths(withoutDefault)).toContain("units/multi-user.target.wants/w@a.service");
  });
});

describe("import of files that units name", () => {
  it("finds them in any value, and takes text with its mode and owner", () => {
    const text = "[Service]\nEnvironmentFile=-/etc/a.env\nExecStart=/usr/local/bin/a --c=/etc/a.conf /srv/\n";
    const named = listNamedPaths(take([entry("a.service", text)]).entries);
    expect(named).toEqual(["/etc/a.conf", "/etc/a.env", "/srv", "/usr/local/bin/a"]);
    const found = importFiles(
      [
        { ...entry("/etc/a.env", "A=1\n"), mode: 0o640, group: "app" },
        { ...entry("/usr/local/bin/a", "#!/bin/sh\n"), mode: 0o755 },
        entry("/etc/shadow", "x"),
        entry("/usr/local/bin/elf", "\u007fELF\0"),
      ],
      rules,
    );
    expect(found.entries.map(({ path, mode }) => `${path} ${mode}`)).toEqual([
      "files/etc/a.env file",
      "files/usr/local/bin/a executable",
    ]);
    expect([...found.fileRules]).toEqual([["/etc/a.env", { mode: "0640", group: "app" }]]);
    expect(found.leftOut.map(({ reason }) => reason)).toEqual([
      "this place is never managed from git",
      "it is a program and no text",
    ]);
  });
});

it("import accounts for every entry, whatever it is: taken, left out, or made by [Install]", () => {
  const name = fc.constantFrom("a.service", "b.timer", "w@.service", "w@1.service", "x.txt", "ssh.service");
  const place = fc.oneof(
    name,
    fc
      .tuple(fc.constantFrom("multi-user.target.wants", "a.service.d", "odd"), name)
      .map((parts) => parts.join("/")),
  );
  const text = fc.constantFrom(
    service,
    enabled,
    "",
    "Environment=",
    "[Service]\nEnvironment=PASSWORD=x1y2\n",
  );
  const target = fc.constantFrom(
    "/dev/null",
    "../a.service",
    `${etc}/a.service`,
    `${etc}/w@.service`,
    "/opt/x",
  );
  const any = fc.oneof(
    fc.tuple(place, text).map(([path, content]) => entry(path, content)),
    fc.tuple(place, target).map(([path, leads]) => link(path, leads)),
  );
  fc.assert(
    fc.property(fc.uniqueArray(any, { selector: ({ path }) => path, maxLength: 8 }), (entries) => {
      const found = take(entries);
      const taken = new Set([
        ...found.entries.map(({ source }) => source),
        ...found.leftOut.map(({ path }) => path),
      ]);
      const missing = entries.filter(({ path }) => !taken.has(path));
      for (const { path, kind } of missing) {
        expect(kind, path).toBe("link");
        expect(path).toContain(".wants/");
      }
      expect(taken.size + missing.length).toBe(entries.length);
    }),
  );
});
