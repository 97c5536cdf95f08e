/** What every check of a desired state needs: places in the repository, and who provides what. Pure. */

import type { Desired, DesiredUnit, FileEntry } from "../model/desired.ts";
import type { Diagnostic, Place } from "../model/errors.ts";
import { type Assignment, parseUnitFile } from "../units/unit-file.ts";
import { instantiate, isTemplateName, isUnitName, parseInstance } from "../units/unit-name.ts";

export interface KnownNames {
  has(name: string): boolean;
}

/** What the host has besides the files and units of the repository; sets do. */
export interface HostFacts {
  /** Units that systemd finds there. Not those that only an earlier revision brought. */
  readonly units: KnownNames;
  readonly paths: KnownNames;
  readonly users: KnownNames;
  readonly groups: KnownNames;
}

/** Filled while the host runs, so that their absence now says nothing. */
const transientTrees = ["/run/", "/var/run/", "/tmp/", "/dev/", "/proc/", "/sys/"];

/** systemd knows nothing of templates, only of their instances, also of one that nobody ever declared. */
const anyInstance = "any";

export class ValidationContext {
  readonly desired: Desired;
  /** Units that a check has something to say about: neither masked nor merely extended. */
  readonly units: readonly DesiredUnit[];
  private readonly facts: HostFacts | null;
  private readonly assignments: ReadonlyMap<string, readonly Assignment[]>;
  private readonly aliases: ReadonlySet<string>;

  /** @param facts null when the host is not at hand, as for `check` before a push */
  constructor(desired: Desired, facts: HostFacts | null) {
    this.desired = desired;
    this.facts = facts;
    this.units = [...desired.units.values()].filter(({ masked }) => !masked);
    this.assignments = parseOrigins(desired);
    const aliases = [...desired.files.values()].filter(({ role }) => role === "alias");
    this.aliases = new Set(aliases.map(({ path }) => path.slice(path.lastIndexOf("/") + 1)));
  }

  get knowsHost(): boolean {
    return this.facts !== null;
  }

  /** Where a unit has this very assignment. */
  locate(unit: DesiredUnit, name: string, value: string): Place {
    for (const file of unit.origins) {
      const found = this.assignments
        .get(file)
        ?.find(
          (assignment) => `${assignment.section}.${assignment.key}` === name && assignment.value === value,
        );
      if (found !== undefined) return { file, line: found.line };
    }
    return this.placeOf(unit);
  }

  placeOf(unit: DesiredUnit): Place {
    return { file: unit.origins[0] ?? "units" };
  }

  /** The file of the repository that will stand at a path of the host. */
  findManaged(path: string): FileEntry | null {
    const entry = this.desired.files.get(path);
    return entry?.kind === "file" && entry.role === "file" ? entry : null;
  }

  /** Whether a unit of this name can be started once the revision is applied; a guess of "no" where nobody can tell. */
  hasUnit(name: string): boolean {
    const unit = this.desired.units.get(name);
    if (unit?.masked === true) return false;
    const template = parseInstance(name)?.template;
    if (unit?.owned === true || this.aliases.has(name)) return true;
    if (template !== undefined && this.desired.units.get(template)?.owned === true) return true;
    // systemd refuses to answer about what is no name of a unit.
    if (this.facts === null || !isUnitName(name)) return false;
    return this.facts.units.has(isTemplateName(name) ? instantiate(name, anyInstance) : name);
  }

  /** Whether a path may be there when a unit needs it; true where nobody can tell. */
  mayHavePath(path: string): boolean {
    if (this.findManaged(path) !== null || transientTrees.some((tree) => path.startsWith(tree))) return true;
    return this.facts === null || this.facts.paths.has(path);
  }

  /** Whether the host is known to have one of the paths. */
  isKnownPath(paths: readonly string[]): boolean {
    const { facts } = this;
    return facts !== null && paths.filter((path) => facts.paths.has(path)).length > 0;
  }

  mayHaveAccount(kind: "users" | "groups", name: string): boolean {
    return this.facts === null || this.facts[kind].has(name);
  }
}

function parseOrigins(desired: Desired): ReadonlyMap<string, readonly Assignment[]> {
  const parsed = new Map<string, readonly Assignment[]>();
  for (const entry of desired.files.values()) {
    if (entry.kind !== "file" || entry.role === "file" || parsed.has(entry.origin)) continue;
    parsed.set(entry.origin, parseUnitFile(entry.bytes).assignments);
  }
  return parsed;
}

export function warn(code: string, place: Place, message: string, hint?: string): Diagnostic {
  return { severity: "warning", code, ...place, message, ...(hint === undefined ? {} : { hint }) };
}

/** The values of a key that counts, without the mark of a reset. */
export function valuesOf(unit: DesiredUnit, name: string): readonly string[] {
  return (unit.definition.settings[name] ?? []).filter((value) => value !== "");
}

/** Sections of units that run programs (systemd.exec(5)). */
export const execSections = ["Service", "Socket", "Mount", "Swap"] as const;
