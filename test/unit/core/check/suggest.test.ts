/** The layout that is proposed for a repository which was made for something else. */
import { describe, expect, it } from "vitest";
import { parseRepositoryConfig } from "../../../../src/config/repository-config.ts";
import {
  formatSuggestion,
  isDefaultLayout,
  suggestLayout,
  withSuggestion,
} from "../../../../src/core/check/suggest.ts";
import { secretFormats } from "../../../../src/core/desired/age-format.ts";
import { buildDesired } from "../../../../src/core/desired/build-desired.ts";
import { digestText, layout, listFiles, makeRevision } from "../../../support/values/scenario.ts";

const service = "[Service]\nExecStart=/bin/true\n";
const files = (paths: readonly string[]) =>
  listFiles({ files: Object.fromEntries(paths.map((path) => [path, service])) });

const repositories: readonly [what: string, paths: readonly string[], yaml: string][] = [
  ["flat, with a README", ["README.md", "a.service", "b.timer"], 'layout:\n  units: ["."]\n'],
  ["in one directory", ["systemd/a.service", "systemd/b.service"], "layout:\n  units: [systemd]\n"],
  [
    "one directory for each service",
    ["a/a.service", "b/b.service", "c/c.timer", "c/c.service", "docs/x.md"],
    'layout:\n  units: ["*"]\n',
  ],
  [
    "directories below one directory",
    ["operators/mail/m.service", "operators/web/w.service", "operators/web/w.service.d/10-a.conf"],
    'layout:\n  units: ["operators/*"]\n',
  ],
  [
    "a directory for each quadlet, with data below",
    ["stacks/mail/m.container", "stacks/web/w.container", "stacks/web/conf/w.conf"],
    'layout:\n  units: ["stacks/**"]\n',
  ],
  ["scattered", ["lib/a/b/a.service", "lib/c/c.service", "lib/d.service"], 'layout:\n  units: ["lib/**"]\n'],
  [
    "the tree of a host",
    ["rootfs/etc/systemd/system/a.service", "rootfs/etc/containers/systemd/b.container", "rootfs/etc/c.conf"],
    "layout:\n  files: [rootfs]\n",
  ],
  [
    "the tree of a host at the top",
    ["etc/systemd/system/a.service", "etc/a.conf", "README.md"],
    'layout:\n  files: ["."]\n',
  ],
  [
    "as drop-ins only",
    ["overrides/nginx.service.d/10-a.conf", "overrides/cron.service.d/10-a.conf"],
    "layout:\n  units: [overrides]\n",
  ],
  [
    "in roles",
    ["roles/web/systemd/a.service", "roles/db/systemd/b.service", "hosts/h1/systemd/a.service.d/10-a.conf"],
    "layout:\n  units: [systemd]\n",
  ],
  ["with units of users beside", ["system/a.service", "user/b.service"], "layout:\n  units: [system]\n"],
  [
    "a directory for each host",
    ["servers/one/web.service", "servers/two/web.service", "servers/two/db.service"],
    'layout:\n  units: ["."]\nhosts:\n  one: { directory: servers/one }\n  two: { directory: servers/two }\n',
  ],
  [
    "a directory for each host, with units below",
    ["servers/one/systemd/web.service", "servers/two/systemd/web.service"],
    "layout:\n  units: [systemd]\nhosts:\n  one: { directory: servers/one }\n  two: { directory: servers/two }\n",
  ],
];

describe.each(repositories)("for a repository that is laid out %s", (_what, paths, yaml) => {
  it("the layout is proposed that fits, and gitops.yaml takes it", () => {
    const suggestion = suggestLayout(files(paths).values());
    expect(suggestion === null ? null : formatSuggestion(suggestion)).toBe(yaml);
    expect(parseRepositoryConfig(yaml, "gitops.yaml").diagnostics).toEqual([]);
  });

  it("the proposal finds every unit on one of the hosts", () => {
    const suggestion = suggestLayout(files(paths).values());
    const { config } = parseRepositoryConfig("", "gitops.yaml");
    if (suggestion === null || config === null) throw new Error("nothing is proposed");
    const found = new Set<string>();
    const adapted = withSuggestion(config, suggestion);
    const roles = new Map([["h1", { roles: ["web", "db"] }]]);
    for (const host of suggestion.hosts.size > 0 ? suggestion.hosts.keys() : ["h1"]) {
      const { desired, diagnostics } = buildDesired({
        snapshot: { revision: makeRevision(), files: files(paths) },
        config: { ...adapted, hosts: new Map([...roles, ...adapted.hosts]) },
        host,
        layout,
        formats: secretFormats,
        secrets: new Map(),
        digestBytes: digestText,
        hostUnits: null,
      });
      expect(diagnostics).toEqual([]);
      for (const { origin } of desired.files.values()) found.add(origin);
    }
    const units = paths.filter((path) => /\.(service|timer|container)$/.test(path) && !/^user\//.test(path));
    expect([...found]).toEqual(expect.arrayContaining(units));
  });
});

it("the layout of a repository with units in units/ is known as the default, and without units nothing is proposed", () => {
  const suggestion = suggestLayout(files(["units/a.service", "files/etc/x"]).values());
  expect(suggestion !== null && isDefaultLayout(suggestion)).toBe(true);
  expect(suggestLayout(files(["README.md"]).values())).toBeNull();
});

it("links count as units: a mask, an instance and an alias, but not one to something else", () => {
  const links = {
    "masks/telnet.socket": "/dev/null",
    "queues/w@a.service": "../templates/w@.service",
    "names/x.service": "web.service",
    "tools/y.service": "../bin/y",
  };
  const found = listFiles({ files: { "templates/w@.service": service }, links });
  expect(suggestLayout(found.values())?.units).toEqual(["*"]);
  const { "masks/telnet.socket": mask, "tools/y.service": other } = links;
  const few = listFiles({ files: {}, links: { "masks/telnet.socket": mask, "tools/y.service": other } });
  expect(suggestLayout(few.values())?.units).toEqual(["masks"]);
});
