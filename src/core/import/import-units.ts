/**
 * Makes files of a repository from the units that people made on a host, byte for byte, so that a sync of them adopts what is there
 * and interrupts nothing. Pure: what stands on the host is handed in, and nothing is written.
 */
import { isKeptAway, isNote } from "../desired/passed-over.ts";
import { findUnitAt } from "../desired/unit-places.ts";
import { listWords } from "../units/definition.ts";
import { isQuadletName, serviceOfQuadlet } from "../units/unit-name.ts";
import { importEnablement, ownerOf, readSettings, type UnitToEnable } from "./import-enablement.ts";
import type { Imported, LocalEntry, RepositoryEntry } from "./imported.ts";
import { findSecretsInText, findSecretsInUnit } from "./plaintext-secrets.ts";
import { type EnablementEntry, type PlacedEntry, sortEntries } from "./sort-entries.ts";
import { findReason, type ImportRules, leave, type Parts, takeUnlessSecret } from "./take.ts";

/**
 * @param entries all files and links below the unit directory and the quadlet directory
 * @returns paths of entries begin with `units/`
 */
export function importUnits(entries: readonly LocalEntry[], rules: ImportRules): Imported {
  const { unitDirectory, quadletDirectory } = rules.layout;
  const parts: Parts = { entries: [], leftOut: [], secrets: [] };
  const sorted = sortEntries(
    entries.filter(({ path }) => path.startsWith(`${unitDirectory}/`)),
    unitDirectory,
  );
  const fragments = takeFiles(sorted.fragments, rules, parts, rules.isProtected);
  const dropIns = takeFiles(sorted.dropIns, rules, parts, () => false);
  const units = fragments.map(
    (fragment): UnitToEnable => ({
      unit: fragment.unit,
      files: [fragment, ...dropIns.filter(({ unit }) => unit === fragment.unit)],
    }),
  );
  const names = new Set(fragments.map(({ unit }) => unit));
  const installed = listInstallAliases(units);
  takeLinks(
    sorted.links.filter(({ unit }) => !installed.has(unit)),
    names,
    rules,
    parts,
  );
  const aliases = new Set(sorted.links.map(({ relative }) => relative));
  const enablement = importEnablement(units, sorted.enablement, aliases, unitDirectory);
  parts.entries.push(...enablement.links.map(describeLink));
  takeForeignLinks(sorted.enablement, names, rules, parts);
  if (rules.selected === null)
    parts.leftOut.push(...sorted.others.map(({ entry }) => leave(entry, "systemd does not read it")));
  takeQuadlets(
    entries.filter(({ path }) => path.startsWith(`${quadletDirectory}/`)),
    rules,
    parts,
  );
  return { ...parts, unitRules: enablement.rules, fileRules: new Map() };
}

/** Takes fragments or drop-ins; returns those that were taken. */
function takeFiles(
  placed: readonly PlacedEntry[],
  rules: ImportRules,
  parts: Parts,
  isProtected: (unit: string) => boolean,
): readonly PlacedEntry[] {
  return placed.filter((found) => {
    const { relative, unit, entry } = found;
    if (!isSelected(unit, rules)) return false;
    const reason = isProtected(unit) ? "the unit is protected" : findReason(entry, rules);
    return takeUnlessSecret(entry, `units/${relative}`, reason, findSecretsInUnit, rules, parts);
  });
}

/** Links in the place of a unit that no [Install] makes. */
function takeLinks(
  links: readonly PlacedEntry[],
  names: ReadonlySet<string>,
  rules: ImportRules,
  parts: Parts,
): void {
  for (const link of links) {
    const { unit, entry } = link;
    if (!isSelected(unit, rules)) continue;
    const target = new TextDecoder().decode(entry.bytes);
    const unitAt = target.includes("/") ? findUnitAt(target, rules.layout) : target;
    const reason = rules.isProtected(unit) ? "the unit is protected" : findReason(entry, rules);
    if (reason !== null) parts.leftOut.push(leave(entry, reason));
    else if (target === "/dev/null") parts.entries.push(describeLink(link));
    else if (unitAt !== null && names.has(unitAt)) parts.entries.push(describeLink(link));
    else if (rules.selected?.has(unit) === true && unitAt !== null) parts.entries.push(describeLink(link));
    else if (unitAt !== null)
      parts.leftOut.push(leave(entry, `it is a name of ${unitAt}, which is not taken`));
    else
      parts.leftOut.push(
        leave(entry, `it leads to ${target}: to take the unit, put its file in the link's place`),
      );
  }
}

/** Links that enable units of the distribution: a package or a person made them, so only those that are asked for are taken. */
function takeForeignLinks(
  links: readonly EnablementEntry[],
  names: ReadonlySet<string>,
  rules: ImportRules,
  parts: Parts,
): void {
  for (const link of links) {
    if (ownerOf(link.unit, names) !== null || !isSelected(link.unit, rules)) continue;
    if (rules.selected === null)
      parts.leftOut.push(leave(link.entry, `it enables ${link.unit}, which is not taken`));
    else parts.entries.push(describeLink(link));
  }
}

/** Quadlets with what lies beside them, since a quadlet names files by relative paths. */
function takeQuadlets(entries: readonly LocalEntry[], rules: ImportRules, parts: Parts): void {
  const start = rules.layout.quadletDirectory.length + 1;
  for (const entry of entries) {
    const relative = entry.path.slice(start);
    const name = relative.split("/").at(-1) ?? "";
    const owner = relative.split("/").find((part) => isQuadletName(part.replace(/\.d$/, "")));
    const service = owner === undefined ? null : serviceOfQuadlet(owner.replace(/\.d$/, ""));
    if (rules.selected !== null && (service === null || !isSelected(service, rules))) continue;
    const isOldCopy = isKeptAway(name) || isNote(name);
    const reason = isOldCopy ? "podman does not read it" : findReason(entry, rules);
    const find = owner === undefined ? findSecretsInText : findSecretsInUnit;
    takeUnlessSecret(entry, `units/${relative}`, reason, find, rules, parts);
  }
}

function isSelected(unit: string, { selected }: ImportRules): boolean {
  return selected === null || ownerOf(unit, selected) !== null;
}

/** The names that [Install] gives to the units, whose links the agent makes by itself. */
function listInstallAliases(units: readonly UnitToEnable[]): ReadonlySet<string> {
  return new Set(units.flatMap(({ files }) => listWords(readSettings(files), "Install.Alias")));
}

function describeLink({ relative, entry }: PlacedEntry): RepositoryEntry {
  return { path: `units/${relative}`, mode: "symlink", bytes: entry.bytes, source: entry.path };
}
