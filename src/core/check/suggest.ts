/**
 * Proposes the layout of gitops.yaml for a repository that was made for something else, from the paths of its units. Pure; whether
 * the proposal fits is found out by checking the repository with it.
 */
import { isUnitDirectory } from "../desired/layout-paths.ts";
import { readTarget } from "../desired/linked-unit.ts";
import { isForeignFormat, isKeptAway, isUserPlace } from "../desired/passed-over.ts";
import type { HostEntry, RepositoryConfig } from "../model/rules.ts";
import type { SnapshotFile } from "../model/snapshot.ts";
import { isQuadletName, isUnitName } from "../units/unit-name.ts";

export interface Suggestion {
  readonly units: readonly string[];
  readonly files: readonly string[];
  /** Host → the directory of its own layer. */
  readonly hosts: ReadonlyMap<string, string>;
}

/** The places in the tree of a host where units and quadlets lie. */
const unitTrees = /^(?:(.*)\/)?etc\/(?:systemd\/system|containers\/systemd)\//;

/** A unit, drop-in or link: the directory of units that it lies in, and its path there. */
interface Place {
  readonly directory: string;
  readonly name: string;
}

/** The layers of roles and hosts, in which the directories of the layout are looked for as well. */
const layer = /^(?:roles|hosts)\/[^/]+\//;

/** @returns null when the repository has no unit that could be placed */
export function suggestLayout(files: Iterable<SnapshotFile>): Suggestion | null {
  const paths = [...files].filter(isUnitFile).map(({ path }) => path.replace(layer, ""));
  if (paths.length === 0) return null;
  const trees = new Set(paths.flatMap((path) => treeOf(path) ?? []));
  const places = paths.filter((path) => treeOf(path) === null).map(placeOf);
  const parent = findHostParent(places);
  const hosts = new Map(
    places.flatMap(({ directory }) => {
      const host = parent === null ? null : childOf(directory, parent);
      return host === null ? [] : [[host, join(parent ?? "", host)] as const];
    }),
  );
  const within = places.map(({ directory }) => {
    const host = parent === null ? null : childOf(directory, parent);
    return host === null ? directory : directory.slice(join(parent ?? "", host).length).replace(/^\//, "");
  });
  return {
    units: joinDirectories(
      new Set(within),
      new Set(within.filter((_, index) => isQuadletName(places[index]?.name ?? ""))),
    ),
    files: [...trees].map((tree) => (tree === "" ? "." : tree)).sort(),
    hosts,
  };
}

/** Whether the defaults of gitops.yaml find the same units. */
export function isDefaultLayout({ units, files, hosts }: Suggestion): boolean {
  return hosts.size === 0 && files.length === 0 && units.every((directory) => directory === "units");
}

/** The proposal in the place of what `config` says. */
export function withSuggestion(
  config: RepositoryConfig,
  { units, files, hosts }: Suggestion,
): RepositoryConfig {
  return {
    ...config,
    layout: {
      ...config.layout,
      units: units.length > 0 ? units : config.layout.units,
      files: files.length > 0 ? files : config.layout.files,
    },
    hosts: new Map([
      ...config.hosts,
      ...[...hosts].map(([host, directory]): [string, HostEntry] => [host, { roles: [], directory }]),
    ]),
  };
}

/** The proposal as the text of gitops.yaml. */
export function formatSuggestion({ units, files, hosts }: Suggestion): string {
  const list = (names: readonly string[]) => `[${names.map(quote).join(", ")}]`;
  return [
    "layout:",
    ...(units.length === 0 ? [] : [`  units: ${list(units)}`]),
    ...(files.length === 0 ? [] : [`  files: ${list(files)}`]),
    ...(hosts.size === 0 ? [] : ["hosts:"]),
    ...[...hosts].sort().map(([host, directory]) => `  ${quote(host)}: { directory: ${quote(directory)} }`),
    "",
  ].join("\n");
}

/** A string of JSON is one of YAML, too. */
function quote(text: string): string {
  return /^[A-Za-z][A-Za-z0-9_./-]*$/.test(text) ? text : JSON.stringify(text);
}

/** Whether a path may be one of a unit by its name. */
export function mayBeUnit(path: string): boolean {
  const parts = path.split("/");
  const name = parts.at(-1) ?? "";
  if (parts.some(isKeptAway) && !isForUsers(path)) return false;
  return isUnitName(name) || isQuadletName(name) || (isOwned(path) && name.endsWith(".conf"));
}

/** Whether a path is one of a drop-in, or of a link in `x.target.wants`. */
function isOwned(path: string): boolean {
  return isUnitDirectory(path.split("/").at(-2) ?? "");
}

function isUnitFile(file: SnapshotFile): boolean {
  if (!mayBeUnit(file.path) || isForUsers(file.path)) return false;
  return file.mode === "symlink" ? mayBeUnitLink(file) : !isForeignFormat(file.bytes);
}

/** Whether a link is a mask, or has the name of a unit in its target. */
function mayBeUnitLink(file: SnapshotFile): boolean {
  const target = readTarget(file);
  return target === "/dev/null" || isUnitName(target.slice(target.lastIndexOf("/") + 1));
}

/** The units that no layout finds, since they are for the service managers of users. Sorted. */
export function listUserUnits(files: Iterable<SnapshotFile>): readonly string[] {
  return [...files].flatMap(({ path }) => (isForUsers(path) ? [path] : [])).sort();
}

function isForUsers(path: string): boolean {
  return isUserPlace(path.split("/").slice(0, -1));
}

function treeOf(path: string): string | null {
  const match = unitTrees.exec(path);
  return match === null ? null : (match[1] ?? "");
}

function directoryOf(path: string): string {
  return path.slice(0, Math.max(0, path.lastIndexOf("/")));
}

function placeOf(path: string): Place {
  const directory = isOwned(path) ? directoryOf(directoryOf(path)) : directoryOf(path);
  return { directory, name: path.slice(directory === "" ? 0 : directory.length + 1) };
}

function join(parent: string, child: string): string {
  return parent === "" ? child : `${parent}/${child}`;
}

/** The name of the directory directly below `parent` that `directory` is or lies in; null when it lies elsewhere. */
function childOf(directory: string, parent: string): string | null {
  const start = parent === "" ? "" : `${parent}/`;
  if (!directory.startsWith(start) || directory.length === start.length) return null;
  return directory.slice(start.length).split("/")[0] ?? null;
}

/** The directory whose directories are hosts, told by units of the same name in several of them; null without such units. */
function findHostParent(places: readonly Place[]): string | null {
  const first = new Map<string, string>();
  for (const { directory, name } of places) {
    const twin = first.get(name);
    if (twin !== undefined && twin !== directory) return sharedParent(twin, directory);
    first.set(name, directory);
  }
  return null;
}

function sharedParent(left: string, right: string): string {
  const other = right.split("/");
  const parts = left.split("/");
  const length = parts.findIndex((part, index) => part !== other[index]);
  return parts.slice(0, length < 0 ? parts.length : length).join("/");
}

/**
 * Few directories or patterns that have them all: several beside each other become one pattern, several depths `**`. Quadlets
 * may use files in directories below their own, which only `**` finds.
 */
function joinDirectories(
  directories: ReadonlySet<string>,
  ofQuadlets: ReadonlySet<string>,
): readonly string[] {
  const tops = new Map<string, string[]>();
  const joined = new Set<string>();
  for (const directory of directories) {
    if (directory === "") joined.add(".");
    else {
      const [top = ""] = directory.split("/");
      tops.set(top, [...(tops.get(top) ?? []), directory]);
    }
  }
  if (tops.size > 2 && [...tops.values()].every((found) => found.length === 1 && !found[0]?.includes("/"))) {
    return [...joined, ofQuadlets.size > 0 ? "**" : "*"];
  }
  for (const [top, found] of tops) {
    const [only] = found;
    const parents = new Set(found.map(directoryOf));
    if (found.length === 1 && only !== undefined) joined.add(only);
    else if (parents.size === 1) {
      const isDeep = found.some((directory) => ofQuadlets.has(directory));
      joined.add(`${[...parents].join("")}/${isDeep ? "**" : "*"}`);
    } else joined.add(`${top}/**`);
  }
  return [...joined].sort();
}
