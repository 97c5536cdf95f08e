/** The content of a repository as plain data, and the files that it is. Pure. */
import type { FixtureChanges, FixtureEntry } from "../git/git-fixture.ts";

export interface Tie {
  kind: string;
  to: string;
  /** Also ordered after it. */
  after: boolean;
}

export interface Unit {
  /** Age in the sequence: who is ordered after whom, so that there are no cycles. */
  born: number;
  /** Changes nothing but the file. */
  comment: number;
  ties: Tie[];
  /** Settings of the section that the type of the unit has. */
  body: Record<string, string>;
  install?: { key: "WantedBy" | "RequiredBy"; target: string };
  /** `Alias=` of [Install]. */
  alias?: string;
  /** Of a template. */
  defaultInstance?: string;
}

/** Everything of one sequence in one commit; all names are complete, with the sequence's prefix. */
export interface Tree {
  units: Record<string, Unit>;
  /** Symlinks in units/: an instance or an alias → its unit. */
  links: Record<string, string>;
  masks: string[];
  /** `x.service.d/10-a.conf` → text. */
  dropIns: Record<string, string>;
  /** Absolute path → text. */
  files: Record<string, string>;
  /** `x.service/token` → plaintext. */
  secrets: Record<string, string>;
  /** `state: stopped`. */
  stopped: string[];
  /** `instances:` of templates. */
  instances: Record<string, string[]>;
}

export function emptyTree(): Tree {
  return { units: {}, links: {}, masks: [], dropIns: {}, files: {}, secrets: {}, stopped: [], instances: {} };
}

/** The path of what a mount unit mounts. */
export function placeOf(mount: string): string {
  return `/${mount.replace(/\.mount$/, "").replaceAll("-", "/")}`;
}

export function renderUnit(name: string, unit: Unit): string {
  const type = name.slice(name.lastIndexOf(".") + 1);
  const ties = unit.ties.flatMap(({ kind, to, after }) => [
    `${kind}=${kind === "RequiresMountsFor" ? placeOf(to) : to}`,
    ...(after ? [`After=${to}`] : []),
  ]);
  const install = [
    ...(unit.install === undefined ? [] : [`${unit.install.key}=${unit.install.target}`]),
    ...(unit.alias === undefined ? [] : [`Alias=${unit.alias}`]),
    ...(unit.defaultInstance === undefined ? [] : [`DefaultInstance=${unit.defaultInstance}`]),
  ];
  const body = Object.entries(unit.body).map(([key, value]) => `${key}=${value}`);
  const sections = [
    ["Unit", ties],
    [`${type.charAt(0).toUpperCase()}${type.slice(1)}`, type === "target" ? [] : body],
    ["Install", install],
  ] as const;
  const texts = sections
    .filter(([, lines]) => lines.length > 0)
    .map(([section, lines]) => `[${section}]\n${lines.join("\n")}\n`);
  return `# version ${unit.comment}\n${texts.join("\n")}`;
}

/** The files of several trees in one repository, but for secrets, which are plaintext here: `secrets/…` → plaintext. */
export function renderTrees(trees: readonly Tree[]): {
  readonly files: Readonly<Record<string, FixtureEntry>>;
  readonly secrets: Readonly<Record<string, string>>;
} {
  const files = new Map<string, FixtureEntry>();
  for (const tree of trees) {
    for (const [name, unit] of Object.entries(tree.units)) files.set(`units/${name}`, renderUnit(name, unit));
    for (const [name, target] of Object.entries(tree.links)) files.set(`units/${name}`, { symlink: target });
    for (const name of tree.masks) files.set(`units/${name}`, { symlink: "/dev/null" });
    for (const [path, text] of Object.entries(tree.dropIns)) files.set(`units/${path}`, text);
    for (const [path, text] of Object.entries(tree.files)) files.set(`files${path}`, text);
  }
  files.set("gitops.yaml", renderRules(trees));
  const secrets = trees.flatMap((tree) => Object.entries(tree.secrets));
  return {
    files: Object.fromEntries(files),
    secrets: Object.fromEntries(secrets.map(([path, text]) => [`secrets/${path}.age`, text])),
  };
}

function renderRules(trees: readonly Tree[]): string {
  const rules = trees.flatMap((tree) => [
    ...tree.stopped.map((name) => [name, { state: "stopped" }] as const),
    ...Object.entries(tree.instances).map(([name, instances]) => [name, { instances }] as const),
  ]);
  return `units: ${JSON.stringify(Object.fromEntries(rules))}\n`;
}

/** What a commit has to say to get from one set of files to another. */
export function diffFiles(
  before: Readonly<Record<string, FixtureEntry>>,
  after: Readonly<Record<string, FixtureEntry>>,
): FixtureChanges {
  const gone = Object.keys(before).filter((path) => after[path] === undefined);
  const changed = Object.entries(after).filter(
    ([path, entry]) => JSON.stringify(before[path]) !== JSON.stringify(entry),
  );
  return { ...Object.fromEntries(gone.map((path) => [path, null])), ...Object.fromEntries(changed) };
}
