/** Finds which managed files a unit's definition mentions: "a mention is a dependency". Pure. */
import type { HostLayout } from "../model/host-layout.ts";
import { orderedKeyOf, type Settings } from "./definition.ts";
import type { MentionIndex } from "./mention-index.ts";
import { findPaths } from "./mention-paths.ts";
import { isSharedDirectory } from "./shared-directories.ts";
import { expandSpecifiers } from "./specifiers.ts";

/** Keys that do not count: text for people, and paths that the unit cannot see. */
const silentKeys =
  /^(?:Install\..*|Unit\.(?:Description|Documentation|SourcePath)|.*\.Inaccessible(?:Paths|Directories))$/;

/** Keys whose values are relative to a directory of their own (systemd.exec(5)) → the specifier of this directory. */
const specifierByKey: Readonly<Record<string, string>> = {
  "Service.ConfigurationDirectory": "E",
  "Service.StateDirectory": "S",
  "Service.CacheDirectory": "C",
  "Service.LogsDirectory": "L",
};

/**
 * The managed files that a definition mentions, sorted: files whose path is in a value. For a service also the files
 * below a directory in a value, and below the directory of its programs, unless many programs share that directory.
 */
export function findMentions(
  settings: Settings,
  unit: string,
  index: MentionIndex,
  specifiers: HostLayout["specifiers"],
): readonly string[] {
  if (index.longest === 0) return [];
  const found = new Set<string>();
  const directories = new Set<string>();
  for (const [name, values] of Object.entries(settings)) {
    if (silentKeys.test(name) || orderedKeyOf(name) !== null) continue;
    for (const value of values) {
      const named = findPaths(expandSpecifiers(locate(name, value), unit, specifiers), index);
      for (const directory of named.directories) directories.add(directory);
      for (const path of named.files) {
        found.add(path);
        if (name.startsWith("Service.Exec")) directories.add(directoryOfProgram(path));
      }
    }
  }
  if (unit.endsWith(".service")) {
    for (const directory of directories) {
      if (isSharedDirectory(directory)) continue;
      for (const path of index.listBelow(directory)) found.add(path);
    }
  }
  return [...found].sort();
}

/** `StateDirectory=app other:link` → `%S/app %S/other:link`. */
function locate(name: string, value: string): string {
  const specifier = specifierByKey[name];
  return specifier === undefined ? value : value.replace(/[^\s"']+/g, (word) => `%${specifier}/${word}`);
}

/**
 * The directory that holds a managed program and its other files. For a program in `bin` it is the parent directory. A
 * file in /etc is configuration, not a program: other services may have files in the same directory, so the result is
 * `/`, which is shared.
 */
function directoryOfProgram(path: string): string {
  if (path.startsWith("/etc/")) return "/";
  const directory = path.slice(0, path.lastIndexOf("/"));
  return directory.replace(/\/s?bin$/, "");
}
