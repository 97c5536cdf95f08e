/**
 * Our own checks of a desired state, besides what systemd verifies: what its units ask for and nobody provides, and
 * what nobody asks for. Pure; what the host has comes in as facts, and without them only the repository counts.
 */
import { limitDiagnostics } from "../desired/diagnostic-limit.ts";
import type { Desired } from "../model/desired.ts";
import { type Diagnostic, dropRepeats } from "../model/errors.ts";
import type { RepositoryConfig } from "../model/rules.ts";
import { matchesGlob } from "../units/glob.ts";
import { parseInstance } from "../units/unit-name.ts";
import { findAccountProblems } from "./accounts.ts";
import { findReplacedUnits } from "./conflicts.ts";
import { type HostFacts, type KnownNames, ValidationContext, warn } from "./context.ts";
import { findCredentialProblems } from "./credentials.ts";
import { findFileProblems } from "./files.ts";
import { findNearestWord } from "./nearest.ts";
import { findTextProblems } from "./text.ts";
import {
  findDanglingAliases,
  findIdleInstances,
  findMissingDependencies,
  findNameConflicts,
  findTriggerProblems,
} from "./units.ts";

/** @param facts what `listHostQuestions` asked for; null when the host is not at hand */
export function validateDesired(desired: Desired, facts: HostFacts | null): readonly Diagnostic[] {
  const context = new ValidationContext(desired, facts);
  return dropRepeats([
    ...findTextProblems(desired),
    ...findNameConflicts(context),
    ...findDanglingAliases(context),
    ...findTriggerProblems(context),
    ...findMissingDependencies(context),
    ...findIdleInstances(context),
    ...findReplacedUnits(context),
    ...findCredentialProblems(context),
    ...findFileProblems(context),
    ...findAccountProblems(context),
  ]);
}

/** What the checks need to know of the host, to be found out before them. */
export interface HostQuestions {
  readonly units: readonly string[];
  readonly paths: readonly string[];
  readonly users: readonly string[];
  readonly groups: readonly string[];
}

/** Found by letting the checks ask: so nothing is looked up that no check wants, and no check lacks a fact. */
export function listHostQuestions(desired: Desired): HostQuestions {
  const asked = { units: new Asked(), paths: new Asked(), users: new Asked(), groups: new Asked() };
  validateDesired(desired, asked);
  const { units, paths, users, groups } = asked;
  return {
    units: [...units.names],
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
 * Keys of gitops.yaml that nothing on any host obeys, most likely because of a slip. For `check` only: one host cannot
 * tell.
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
      .filter((key) => !paths.has(key))
      .map((key) => describe("files", key, "file", paths)),
  ];
}

/** Codes of findings that depend on what is installed where they are made: of no use for the repository of another host. */
export const hostDependentCodes: ReadonlySet<string> = new Set([
  "missing-executable",
  "missing-dependency",
  "missing-environment-file",
  "missing-user",
  "missing-group",
]);

/** Our own findings and systemd's, without what both found: ours know more often what to do. No more than anybody reads. */
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
