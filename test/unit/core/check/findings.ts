/** What validation finds in a text, as short lines. */
import type { HostFacts } from "../../../../src/core/check/context.ts";
import { validateDesired } from "../../../../src/core/check/validate.ts";
import type { Diagnostic } from "../../../../src/core/model/errors.ts";
import { build, type RepositoryText } from "../../../support/values/scenario.ts";

export interface Host {
  readonly units?: readonly string[];
  readonly reloadable?: readonly string[];
  readonly paths?: readonly string[];
  readonly users?: readonly string[];
  readonly groups?: readonly string[];
}

export function factsOf(host: Host): HostFacts {
  return {
    units: new Set(host.units),
    reloadable: new Set(host.reloadable),
    paths: new Set(host.paths),
    users: new Set(host.users),
    groups: new Set(host.groups),
  };
}

/** Findings on a host that has nothing but what is named; null: the host is unknown. */
export function findingsOf(text: RepositoryText, host: Host | null = {}): readonly string[] {
  return validateDesired(build(text).desired, host === null ? null : factsOf(host)).map(show);
}

function show({ severity, code, file, line }: Diagnostic): string {
  return `${severity === "error" ? "✖" : "!"} ${file}${line === undefined ? "" : `:${line}`} ${code}`;
}
