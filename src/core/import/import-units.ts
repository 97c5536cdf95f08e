/**
 * Makes files of a repository from the units that people made on a host, byte for byte, so that a sync of them adopts what is there
 * and interrupts nothing. Pure: what stands on the host is handed in, and nothing is written.
 */
import { isKeptAway, isNote } from "../desired/passed-over.ts";
import { findUnitAt } from "../desired/unit-places.ts";
import { listWords } from "../units/definition.ts";
import { isQuadletName, serviceOfQuadlet } from "../units/unit-name.ts";
import { importEnablement, ownerOf, readSettings, type UnitToEnable } from "./import-enablement.ts";
import type { Imported, LocalEntry } from "./imported.ts";
import { findSecretsInText, findSecretsInUnit } from "./plaintext-secrets.ts";
import { type EnablementEntry, type PlacedEntry, sortEntries } from "./sort-entries.ts";
import { type ImportRules, Taken } from "./take.ts";

/**
 * @param entries all files and links below the unit directory and the quadlet directory
 * @returns paths of entries begin with `units/`
 */
export function importUnits(entries: readonly LocalEntry[], rules: ImportRules): Imported {
  const { unitDirectory, quadletDirectory } = rules.layout;
  const taken = new Taken(rules);
  const isBelow = (directory: string) => entries.filter(({ path }) => path.startsWith(`${directory}/`));
  const sorted = sortEntries(isBelow(unitDirectory), unitDirectory);
  const fragments = takeFiles(sorted.fragments, rules, taken, rules.isProtected);
  // The drop-in of a protected unit is written, and does not restart it.
  const dropIns = takeFiles(sorted.dropIns, rules, taken, () => false);
  const units = fragments.map(
    (fragment): UnitToEnable => ({
      unit: fragment.unit,
      files: [fragment, ...dropIns.filter(({ unit }) => unit === fragment.unit)],
    }),
  );
  const names = new Set(fragments.map(({ unit }) => unit));
  const installed = listInstallAliases(units);
  const links = sorted.links.filter(({ unit }) => !installed.has(unit));
  takeLinks(links, names, rules, taken);
  const aliases = new Set(sorted.links.map(({ relative }) => relative));
  const enablement = importEnablement(units, sorted.enablement, aliases, unitDirectory);
  for (const link of enablement.links) takeLink(link, taken);
  takeForeignLinks(sorted.enablement, names, rules, taken);
  if (rules.selected === null)
    for (const { entry } of sorted.others) taken.leave(entry, "systemd does not read it");
  takeQuadlets(isBelow(quadletDirectory), rules, taken);
  const { leftOut, secrets } = taken;
  return { entries: taken.entries, leftOut, secrets, unitRules: enablement.rules, fileRules: new Map() };
}

/** Takes fragments or drop-ins; returns those that were taken. */
function takeFiles(
  placed: readonly PlacedEntry[],
  rules: ImportRules,
  taken: Taken,
  isProtected: (unit: string) => boolean,
): readonly PlacedEntry[] {
  return placed.filter(({ relative, unit, entry }) => {
    if (!isSelected(unit, rules)) return false;
    if (!isProtected(unit)) return taken.take(entry, `units/${relative}`, findSecretsInUnit);
    taken.leave(entry, "the unit is protected");
    return false;
  });
}

/** Links in the place of a unit that no [Install] makes. */
function takeLinks(
  links: readonly PlacedEntry[],
  names: ReadonlySet<string>,
  rules: ImportRules,
  taken: Taken,
): void {
  for (const link of links) {
    const { unit, entry } = link;
    if (!isSelected(unit, rules)) continue;
    const target = readTarget(entry);
    const unitAt = target.includes("/") ? findUnitAt(target, rules.layout) : target;
    const isAsked = rules.selected?.has(unit) === true && unitAt !== null;
    if (rules.isProtected(unit)) taken.leave(entry, "the unit is protected");
    else if (target === "/dev/null" || isAsked || (unitAt !== null && names.has(unitAt)))
      takeLink(link, taken);
    else if (unitAt !== null) taken.leavePackaged(entry, `it is a name of ${unitAt}, which is not taken`);
    else taken.leave(entry, `it leads to ${target}: to take the unit, put its file in the link's place`);
  }
}

/** Links that enable units of the distribution: a package or a person made them, so only those that are asked for are taken. */
function takeForeignLinks(
  links: readonly EnablementEntry[],
  names: ReadonlySet<string>,
  rules: ImportRules,
  taken: Taken,
): void {
  for (const link of links) {
    if (ownerOf(link.unit, names) !== null || !isSelected(link.unit, rules)) continue;
    if (rules.selected !== null) takeLink(link, taken);
    else taken.leavePackaged(link.entry, `it enables ${link.unit}, which is not taken`);
  }
}

function takeLink({ relative, entry }: PlacedEntry, taken: Taken): void {
  taken.take(entry, `units/${relative}`, () => []);
}

/**
 * Quadlets with what lies beside them, since a quadlet names files by relative paths. Of a quadlet that is asked for these are the
 * files in its own directory, if it has one.
 */
function takeQuadlets(entries: readonly LocalEntry[], rules: ImportRules, taken: Taken): void {
  const placed = entries.map((entry) => placeQuadlet(entry, rules.layout.quadletDirectory));
  const isAsked = ({ service }: PlacedQuadlet) => service !== null && isSelected(service, rules);
  const directories = placed
    .filter(isAsked)
    .flatMap(({ directory }) => (directory === "" ? [] : [directory]));
  for (const found of placed) {
    const { entry, relative, service } = found;
    const isBeside = service === null && directories.some((directory) => relative.startsWith(directory));
    if (rules.selected !== null && !isAsked(found) && !isBeside) continue;
    const name = relative.split("/").at(-1) ?? "";
    const find = service === null ? findSecretsInText : findSecretsInUnit;
    if (isKeptAway(name) || isNote(name)) taken.leave(entry, "podman does not read it");
    else taken.take(entry, `units/${relative}`, find);
  }
}

interface PlacedQuadlet {
  readonly entry: LocalEntry;
  /** Path below the quadlet directory. */
  readonly relative: string;
  /** The directories in it, with a slash at the end; empty for the quadlet directory itself. */
  readonly directory: string;
  /** The service of the quadlet that the file is, or is a drop-in of; null for any other file. */
  readonly service: string | null;
}

function placeQuadlet(entry: LocalEntry, quadletDirectory: string): PlacedQuadlet {
  const relative = entry.path.slice(quadletDirectory.length + 1);
  const owner = relative
    .split("/")
    .map((part) => part.replace(/\.d$/, ""))
    .find(isQuadletName);
  return {
    entry,
    relative,
    directory: relative.slice(0, relative.lastIndexOf("/") + 1),
    service: owner === undefined ? null : serviceOfQuadlet(owner),
  };
}

function isSelected(unit: string, { selected }: ImportRules): boolean {
  return selected === null || ownerOf(unit, selected) !== null;
}

/** The names that [Install] gives to the units, whose links the agent makes by itself. */
function listInstallAliases(units: readonly UnitToEnable[]): ReadonlySet<string> {
  return new Set(units.flatMap(({ files }) => listWords(readSettings(files), "Install.Alias")));
}

function readTarget({ bytes }: LocalEntry): string {
  return new TextDecoder().decode(bytes);
}
