/**
 * Our own checks of a desired state, besides those of systemd: things that its units need and nothing provides, and
 * things that nothing uses. Pure; what the host has is passed in as facts. Without facts, only the repository is
 * checked.
 */
import { limitDiagnostics } from "../desired/diagnostic-limit.ts";
import { isKeyFor } from "../desired/file-rules.ts";
import type { Desired } from "../model/desired.ts";
import { type Diagnostic, dropRepeats } from "../model/errors.ts";
import type { RepositoryConfig } from "../model/rules.ts";
import { matchesGlob } from "../units/glob.ts";
import { parseInstance } from "../units/unit-name.ts";
import { findAccountProblems } from "./accounts.ts";
import { findReplacedUnits } from "./conflicts.ts";
import { type HostFacts, type KnownNames, ValidationContext, warn } from "./context.ts";
import { findCredentialProblems } from "./credentials.ts";
import { findDoublyStarted, findMisspeltUnits } from "./enablement.ts";
import { findFileProblems } from "./files.ts";
import { findHookProblems } from "./hooks.ts";
import { findNearestWord } from "./nearest.ts";
import { findTextProblems } from "./text.ts";
import {
  findDanglingAliases,
  findIdleInstances,
  findMissingDependencies,
  findNameConflicts,
  findTriggerProblems,
} from "./units.ts";
import { findRootOnly } from "./user-manager.ts";

type Check = (context: ValidationContext) => readonly Diagnostic[];

/** In the order in which people read the findings. */
const checks: readonly Check[] = [
  findTextProblems,
  findNameConflicts,
  findDanglingAliases,
  findTriggerProblems,
  findMissingDependencies,
  findIdleInstances,
  findDoublyStarted,
  findMisspeltUnits,
  findReplacedUnits,
  findCredentialProblems,
  findFileProblems,
  findHookProblems,
  findAccountProblems,
  findRootOnly,
];

/** Those that ask what the host has. */
const hostChecks: readonly Check[] = [
  findDanglingAliases,
  findTriggerProblems,
  findMissingDependencies,
  findCredentialProblems,
  findFileProblems,
  findHookProblems,
  findAccountProblems,
];

/** @param facts answers to `listHostQuestions`; null when the host cannot be asked */
export function validateDesired(desired: Desired, facts: HostFacts | null): readonly Diagnostic[] {
  const context = new ValidationContext(desired, facts);
  return dropRepeats(checks.flatMap((check) => check(context)));
}

/** The names that must be looked up on the host before the checks run. */
export interface HostQuestions {
  readonly units: readonly string[];
  readonly reloadable: readonly string[];
  readonly paths: readonly string[];
  readonly users: readonly string[];
  readonly groups: readonly string[];
}

/** Runs the checks that ask the host, and records each name that they ask for: exactly the needed names are looked up. */
export function listHostQuestions(desired: Desired): HostQuestions {
  const asked = {
    units: new Asked(),
    reloadable: new Asked(),
    paths: new Asked(),
    users: new Asked(),
    groups: new Asked(),
  };
  const context = new ValidationContext(desired, asked);
  for (const check of hostChecks) check(context);
  const { units, reloadable, paths, users, groups } = asked;
  return {
    units: [...units.names],
    reloadable: [...reloadable.names],
    paths: [...paths.names],
    users: [...users.names],
    groups: [...groups.names],
  };
}

class Asked implements KnownNames {
  readonly names = new Set<string>();

  has(name: string): boolean {
    this.names.add(name);
    return false;
  }
}

/**
 * Finds keys of gitops.yaml that match nothing on any host, most likely because of a typing mistake. For `check` only,
 * because this needs the desired states of all hosts.
 */
export function findUnmatchedRules(
  config: RepositoryConfig,
  hosts: readonly Pick<Desired, "units" | "files">[],
): readonly Diagnostic[] {
  const units = new Set(hosts.flatMap((desired) => [...desired.units.keys()]));
  const names = new Set([...units].flatMap((name) => [name, parseInstance(name)?.template ?? name]));
  const paths = new Set(
    hosts
      .flatMap(({ files }) => [...files.values()].filter(({ role }) => role === "file"))
      .map(({ path }) => path),
  );
  const describe = (section: string, key: string, what: string, known: ReadonlySet<string>) => {
    const nearest = findNearestWord(key, known);
    const message = `${section}: ${key} matches no ${what} of any host`;
    return warn(
      "rule-without-match",
      { file: "gitops.yaml" },
      message,
      nearest === null ? undefined : `did you mean ${nearest}?`,
    );
  };
  return [
    ...[...config.units.keys()]
      .filter((key) => ![...names].some((name) => matchesGlob(key, name)))
      .map((key) => describe("units", key, "unit", names)),
    ...[...config.files.keys()]
      .filter((key) => ![...paths].some((path) => isKeyFor(key, path)))
      .map((key) => describe("files", key, "file", paths)),
  ];
}

/** Codes of findings that depend on the machine where the check runs. They say nothing about another host. */
export const hostDependentCodes: ReadonlySet<string> = new Set([
  "missing-executable",
  "missing-dependency",
  "not-reloadable-here",
  "missing-environment-file",
  "missing-user",
  "missing-group",
]);

/**
 * Joins our findings with systemd's. When both found the same, ours is kept, because it more often has a hint. Limits
 * the number.
 */
export function joinFindings(
  own: readonly Diagnostic[],
  verified: readonly Diagnostic[],
): readonly Diagnostic[] {
  const known = new Set(
    own.flatMap(({ file, line, code }) => [
      `${code} ${file}`,
      ...(line === undefined ? [] : [`${code} ${file}:${line}`]),
    ]),
  );
  const isKnown = ({ file, line, code }: Diagnostic) =>
    known.has(line === undefined ? `${code} ${file}` : `${code} ${file}:${line}`);
  return limitDiagnostics([...own, ...verified.filter((finding) => !isKnown(finding))]);
}
