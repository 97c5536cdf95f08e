/** Checks the files that units name: environment files, and programs from the repository. Pure. */

import type { DesiredUnit } from "../model/desired.ts";
import type { Diagnostic } from "../model/errors.ts";
import { execSections, type ValidationContext, valuesOf, warn } from "./context.ts";

export function findFileProblems(context: ValidationContext): readonly Diagnostic[] {
  return context.units.flatMap((unit) => [
    ...findMissingEnvironment(context, unit),
    ...findUnexecutable(context, unit),
  ]);
}

/** A value of one key of a unit. */
interface Written {
  /** `Section.Key` */
  readonly key: string;
  readonly value: string;
}

function findMissingEnvironment(context: ValidationContext, unit: DesiredUnit): readonly Diagnostic[] {
  return context.read(unit, listEnvironmentFiles).flatMap(({ key, value }) => {
    if (context.mayHavePath(value)) return [];
    return [
      warn(
        "missing-environment-file",
        context.locate(unit, key, value),
        `EnvironmentFile=${value} is neither in this revision nor on this host`,
        `add files${value}, or write EnvironmentFile=-${value} when it may be missing`,
      ),
    ];
  });
}

/** systemd.exec(5): a missing file makes the unit fail, unless the path has the prefix "-" or is a pattern. */
function listEnvironmentFiles(unit: DesiredUnit): readonly Written[] {
  return execSections.flatMap((section) => {
    const key = `${section}.EnvironmentFile`;
    const isNeeded = (value: string) => value.startsWith("/") && !/[%*?[]/.test(value);
    return valuesOf(unit, key).flatMap((value) => (isNeeded(value) ? [{ key, value }] : []));
  });
}

const commandKeys = [
  "ExecCondition",
  "ExecStartPre",
  "ExecStart",
  "ExecStartPost",
  "ExecReload",
  "ExecStop",
  "ExecStopPre",
  "ExecStopPost",
];

/** Finds programs that this revision writes without the executable mode. What is on the host now does not matter. */
function findUnexecutable(context: ValidationContext, unit: DesiredUnit): readonly Diagnostic[] {
  return context.read(unit, listPrograms).flatMap(({ key, value, path }) => {
    const managed = context.findManaged(path);
    if (managed === null || (managed.mode & 0o111) !== 0) return [];
    return [
      warn(
        "not-executable",
        context.locate(unit, key, value),
        `${managed.path} comes from ${managed.origin}, which is not executable`,
        `git update-index --chmod=+x ${managed.origin}, or mode: "0755" for it in gitops.yaml`,
      ),
    ];
  });
}

function listPrograms(unit: DesiredUnit): readonly (Written & { readonly path: string })[] {
  return execSections.flatMap((section) =>
    commandKeys.flatMap((name) => {
      const key = `${section}.${name}`;
      return valuesOf(unit, key).flatMap((value) => {
        const path = readProgram(value);
        return path === null ? [] : [{ key, value, path }];
      });
    }),
  );
}

/** The program of a command line, after the prefixes of systemd.service(5). */
function readProgram(value: string): string | null {
  return (
    /^[-@:+!|]*(?:"([^"]+)"|'([^']+)'|(\S+))/
      .exec(value)
      ?.slice(1)
      .find((word) => word !== undefined) ?? null
  );
}
