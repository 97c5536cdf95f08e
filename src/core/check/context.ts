/**
 * What every check of a desired state needs: places in the repository, and what the revision and the host provide.
 * Pure.
 */

import type { Desired, DesiredUnit, FileEntry } from "../model/desired.ts";
import type { Diagnostic, Place } from "../model/errors.ts";
import { parseUnitFile } from "../units/unit-file.ts";
import { instantiate, isTemplateName, isUnitName, parseInstance } from "../units/unit-name.ts";

export interface KnownNames {
  has(name: string): boolean;
}

/** What the host has besides the files and units of the repository. A Set can be used for each. */
export interface HostFacts {
  /** Units that systemd finds on the host, without those that only come from an earlier revision. */
  readonly units: KnownNames;
  /** Those of these units that systemd can reload. */
  readonly reloadable: KnownNames;
  readonly paths: KnownNames;
  readonly users: KnownNames;
  readonly groups: KnownNames;
}

/** Directories that are filled while the host runs. A file that is missing there now may exist later. */
const transientTrees = ["/run/", "/var/run/", "/tmp/", "/dev/", "/proc/", "/sys/"];

/**
 * systemd answers only for instances, not for templates, so a template is looked up by this instance, which need not
 * exist.
 */
const anyInstance = "any";

export class ValidationContext {
  readonly desired: Desired;
  /** All units that are not masked. */
  readonly units: readonly DesiredUnit[];
  private readonly facts: HostFacts | null;
  /** Repository path of a unit file → its bytes. */
  private readonly texts: ReadonlyMap<string, Uint8Array>;
  private readonly aliases: ReadonlySet<string>;

  /** @param facts null when the host cannot be asked, as in `check` before a push */
  constructor(desired: Desired, facts: HostFacts | null) {
    this.desired = desired;
    this.facts = facts;
    this.units = [...desired.units.values()].filter(({ masked }) => !masked);
    this.texts = listTexts(desired);
    const aliases = [...desired.files.values()].filter(({ role }) => role === "alias");
    this.aliases = new Set(aliases.map(({ path }) => path.slice(path.lastIndexOf("/") + 1)));
  }

  get knowsHost(): boolean {
    return this.facts !== null;
  }

  /** What `rule` reads of a unit: once for each unit, and not again as long as the unit is the same. */
  read<Result>(unit: DesiredUnit, rule: (unit: DesiredUnit) => Result): Result {
    return this.desired.derived.of(unit, rule);
  }

  /** File and line of this exact assignment of a unit; the unit's first file when it is not found. */
  locate(unit: DesiredUnit, name: string, value: string): Place {
    for (const file of unit.origins) {
      const bytes = this.texts.get(file);
      const { assignments } = bytes === undefined ? { assignments: [] } : parseUnitFile(bytes);
      const found = assignments.find(
        (assignment) => `${assignment.section}.${assignment.key}` === name && assignment.value === value,
      );
      if (found !== undefined) return { file, line: found.line };
    }
    return this.placeOf(unit);
  }

  placeOf(unit: DesiredUnit): Place {
    return { file: unit.origins[0] ?? "units" };
  }

  /** The managed file at this path of the host; null when there is none. */
  findManaged(path: string): FileEntry | null {
    const entry = this.desired.files.get(path);
    return entry?.kind === "file" && entry.role === "file" ? entry : null;
  }

  /**
   * Whether a unit of this name can be started once the revision is applied. Without host facts only the revision
   * counts.
   */
  hasUnit(name: string): boolean {
    const unit = this.desired.units.get(name);
    if (unit?.masked === true) return false;
    const template = parseInstance(name)?.template;
    if (unit?.owned === true || this.aliases.has(name)) return true;
    if (template !== undefined && this.desired.units.get(template)?.owned === true) return true;
    // systemd returns an error for a text that is not a valid unit name.
    if (this.facts === null || !isUnitName(name)) return false;
    return this.facts.units.has(isTemplateName(name) ? instantiate(name, anyInstance) : name);
  }

  /** Whether systemd may be able to reload a unit that the repository does not define. True when that is not known. */
  mayReload(name: string): boolean {
    return this.facts === null || this.facts.reloadable.has(name);
  }

  /** Whether a path may exist when a unit needs it. True when that is not known. */
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

function listTexts(desired: Desired): ReadonlyMap<string, Uint8Array> {
  const texts = new Map<string, Uint8Array>();
  for (const entry of desired.files.values()) {
    if (entry.kind !== "file" || entry.role === "file" || texts.has(entry.origin)) continue;
    texts.set(entry.origin, entry.bytes);
  }
  return texts;
}

export function warn(code: string, place: Place, message: string, hint?: string): Diagnostic {
  return { severity: "warning", code, ...place, message, ...(hint === undefined ? {} : { hint }) };
}

/** The values of a key, without the empty value that marks a reset. */
export function valuesOf(unit: DesiredUnit, name: string): readonly string[] {
  return (unit.definition.settings[name] ?? []).filter((value) => value !== "");
}

/** Sections of units that run programs (systemd.exec(5)). */
export const execSections = ["Service", "Socket", "Mount", "Swap"] as const;
