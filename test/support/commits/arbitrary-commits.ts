/** Histories of a small repository at random: each commit changes a file or the rules, or goes back to an earlier one. */
import fc from "fast-check";
import type { FileRules, HostEntry, UnitRules } from "../../../src/core/model/rules.ts";
import type { RepositoryText } from "../values/scenario.ts";

type Contents = Readonly<Record<string, string>>;

/** A commit: its files, links and secrets by path, and the rules of gitops.yaml. */
export interface Commit {
  readonly files: Contents;
  readonly links: Contents;
  readonly secrets: Contents;
  readonly units: Readonly<Record<string, UnitRules>>;
  readonly fileRules: Readonly<Record<string, FileRules>>;
  readonly hosts: Readonly<Record<string, HostEntry>>;
}

const serviceTexts = [
  "[Service]\nExecStart=/bin/x\n",
  "[Service]\nExecStart=/bin/x\nNice=3\n[Install]\nWantedBy=multi-user.target\n",
  "[Service]\nExecStart=/opt/tool/bin/run\n[Install]\nWantedBy=app.target\nAlias=other.service\n",
  "[Unit]\nRequires=b.service\nWants=w@three.service\n[Service]\nExecStart=/bin/x\nEnvironmentFile=/etc/app.conf\n",
  "[Unit]\nConflicts=b.service\nConditionPathExists=/etc/app/*.conf\n[Service]\nExecStart=/bin/x %i\nUser=nobody2\n",
  "[Service]\nthis is no assignment\nType=oneshot\nExecStart=/bin/x /etc/link\nLoadCredential=k2\n",
  "[Service]\nExecStart=/bin/x /etc/app/ /etc/link\n[Install]\nDefaultInstance=four\nWantedBy=multi-user.target\n",
];
const dropInTexts = [
  "[Service]\nNice=4\n",
  "[Service]\nEnvironment=A=1\nExecStart=\nExecStart=/opt/tool/bin/run\n",
  "[Unit]\nWants=b.service\n[Service]\nEnvironmentFile=/etc/app/one.conf\n",
  "no section\n",
];
const plainTexts = ["1\n", "2\n"];
const quadletTexts = [
  "[Container]\nImage=x\nVolume=./data:/d\n",
  "[Container]\nImage=y\n[Service]\nNice=2\n",
];

const filesByPath: Readonly<Record<string, readonly string[]>> = {
  ...spread(
    [
      "units/a.service",
      "units/b.service",
      "units/web-a.service",
      "units/w@.service",
      "roles/r/units/a.service",
      "hosts/h1/units/b.service",
      "hosts/h2/units/b.service",
    ],
    serviceTexts,
  ),
  ...spread(
    [
      "units/a.service.d/x.conf",
      "units/service.d/x.conf",
      "units/web-.service.d/p.conf",
      "units/w@.service.d/y.conf",
      "units/w@one.service.d/z.conf",
      "units/other.service.d/x.conf",
      "units/cron.service.d/x.conf",
      "roles/r/units/a.service.d/x.conf",
    ],
    dropInTexts,
  ),
  ...spread(
    ["files/etc/app.conf", "files/etc/app/one.conf", "files/etc/app/two.conf", "files/opt/tool/bin/run"],
    plainTexts,
  ),
  "units/c.container": quadletTexts,
  "units/data": plainTexts,
  "units/t.timer": ["[Timer]\nOnCalendar=daily\nUnit=a.service\n", "[Timer]\nOnBootSec=1\n"],
  "units/a.socket": ["[Socket]\nListenStream=1\n[Install]\nWantedBy=sockets.target\n"],
  "units/app.target": ["[Install]\nWantedBy=multi-user.target\n", "[Unit]\nDescription=x\n"],
  "units/notes.txt": plainTexts,
};

const linksByPath: Readonly<Record<string, readonly string[]>> = {
  "units/w@two.service": ["w@.service"],
  "units/alias.service": ["a.service", "b.service"],
  "units/m.service": ["/dev/null"],
  "units/multi-user.target.wants/b.service": ["../b.service"],
  "files/etc/link": ["app.conf", "/etc/app/one.conf"],
};

const secretsByPath = spread(
  ["secrets/a.service/k.age", "secrets/w@.service/k.age", "hosts/h1/secrets/b.service/k2.age"],
  ["s1", "s2"],
);

const unitRules: readonly Commit["units"][] = [
  {},
  { "a.service": { onChange: "reload" }, "w@.service": { instances: ["one"] } },
  { "*.service": { state: "running" }, "b.service": { enabled: false } },
  { "w*.service": { drift: "correct", adopt: true, health: { settleMs: 1 } } },
];
const fileRules: readonly Commit["fileRules"][] = [
  {},
  { "/etc/app/*.conf": { restarts: ["b.service"] }, "/etc/app.conf": { mode: 0o600 } },
  { "/etc/app.conf": { reloads: ["a.service"], run: [["/bin/true"]] } },
];
const hosts: readonly Commit["hosts"][] = [
  {},
  { h1: { roles: ["r"] } },
  { h1: { roles: [] }, h2: { roles: ["r"] } },
];

type Change = (commit: Commit, history: readonly Commit[]) => Commit;

/** A commit and those after it, the oldest first. */
export const history: fc.Arbitrary<readonly Commit[]> = fc
  .tuple(fc.array(anyChange(), { maxLength: 12 }), fc.array(anyChange(), { minLength: 1, maxLength: 3 }))
  .map(([before, changes]) => {
    const first = before.reduce((commit, change) => change(commit, []), emptyCommit);
    const commits = [first];
    for (const change of changes) commits.push(change(commits.at(-1) ?? first, commits));
    return commits;
  });

const emptyCommit: Commit = {
  files: { "units/keep.service": serviceTexts[0] ?? "" },
  links: {},
  secrets: {},
  units: {},
  fileRules: {},
  hosts: {},
};

export function toText({ files, links, secrets, units, fileRules, hosts }: Commit): RepositoryText {
  return { files, links, secrets, units, fileRules, hosts };
}

function anyChange(): fc.Arbitrary<Change> {
  return fc.oneof(
    { arbitrary: changeOf("files", filesByPath), weight: 8 },
    { arbitrary: changeOf("links", linksByPath), weight: 2 },
    { arbitrary: changeOf("secrets", secretsByPath), weight: 2 },
    fc.constantFrom(...unitRules).map(
      (units): Change =>
        (commit) => ({ ...commit, units }),
    ),
    fc.constantFrom(...fileRules).map(
      (rules): Change =>
        (commit) => ({ ...commit, fileRules: rules }),
    ),
    fc.constantFrom(...hosts).map(
      (named): Change =>
        (commit) => ({ ...commit, hosts: named }),
    ),
    fc.nat({ max: 2 }).map(
      (index): Change =>
        (commit, all) =>
          all[index] ?? commit,
    ),
  );
}

/** One path gets a text, or is removed. */
function changeOf(
  section: "files" | "links" | "secrets",
  texts: Readonly<Record<string, readonly string[]>>,
): fc.Arbitrary<Change> {
  const choices = Object.entries(texts).flatMap(([path, possible]) =>
    [...possible, null].map((text) => [path, text] as const),
  );
  return fc.constantFrom(...choices).map(
    ([path, text]): Change =>
      (commit) => {
        const { [path]: _, ...others } = commit[section];
        return { ...commit, [section]: text === null ? others : { ...others, [path]: text } };
      },
  );
}

function spread(paths: readonly string[], texts: readonly string[]): Record<string, readonly string[]> {
  return Object.fromEntries(paths.map((path) => [path, texts]));
}
