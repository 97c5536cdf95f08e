/**
 * Makes files of a repository from the files of a host that imported units name: environment files, configurations, scripts. Pure.
 */
import { isClosedPath } from "../desired/managed-file.ts";
import { parseUnitFile } from "../units/unit-file.ts";
import type { Imported, ImportedFileRule, LocalEntry, RepositoryEntry } from "./imported.ts";
import { findSecretsInText } from "./plaintext-secrets.ts";
import { type ImportRules, Taken } from "./take.ts";

/** An absolute path in a value, up to what ends a word in the syntax of systemd or of a shell. */
const absolutePath = /(?:^|[\s"'=:,;(-])(\/[^\s"'`;:,|&<>(){}[\]*?$%\\]+)/g;

/** The absolute paths that units name, sorted; whether anything is there is not known here. */
export function listNamedPaths(units: readonly RepositoryEntry[]): readonly string[] {
  const texts = units.filter(({ mode }) => mode !== "symlink");
  const values = texts.flatMap(({ bytes }) => parseUnitFile(bytes).assignments.map(({ value }) => value));
  const paths = values.flatMap((value) => [...value.matchAll(absolutePath)].map(([, path = ""]) => path));
  return [...new Set(paths.map((path) => path.replace(/\/+$/, "")))].filter((path) => path !== "").sort();
}

/**
 * @param entries what is at the paths that the units name
 * @returns paths of entries begin with `files/`
 */
export function importFiles(entries: readonly LocalEntry[], rules: ImportRules): Imported {
  const taken = new Taken(rules);
  const fileRules = new Map<string, ImportedFileRule>();
  for (const entry of entries) {
    if (isClosedPath(entry.path, rules.layout)) taken.leave(entry, "this place is never managed from git");
    else if (entry.bytes.includes(0)) taken.leave(entry, "it is a program and no text");
    else if (taken.take(entry, `files${entry.path}`, findSecretsInText) && entry.kind === "file") {
      const rule = describeRule(entry, rules);
      if (Object.keys(rule).length > 0) fileRules.set(entry.path, rule);
    }
  }
  const { leftOut, secrets } = taken;
  return { entries: taken.entries, leftOut, secrets, unitRules: new Map(), fileRules };
}

/** What differs from how a file of the repository is placed without a rule: 0644, or 0755 when it is executable. */
function describeRule({ mode, owner, group }: LocalEntry, { layout }: ImportRules): ImportedFileRule {
  const usual = (mode & 0o100) === 0 ? 0o644 : 0o755;
  return {
    ...(mode === usual ? {} : { mode: mode.toString(8).padStart(4, "0") }),
    ...(owner === layout.owner ? {} : { owner }),
    ...(group === layout.group ? {} : { group }),
  };
}
