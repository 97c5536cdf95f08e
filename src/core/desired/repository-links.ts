/**
 * Makes the enablement links of the host from those that a repository brings in `x.target.wants` and the like. Pure.
 */
import type { LinkEntry } from "../model/desired.ts";
import type { Diagnostic } from "../model/errors.ts";
import { parseInstance } from "../units/unit-name.ts";
import { readTarget, resolveLink } from "./linked-unit.ts";
import type { UnitLayer } from "./unit-layer.ts";
import { findUnitAt, type UnitPlaces } from "./unit-places.ts";

/**
 * The links of `x.target.wants` and the like, as the host gets them. A link to a unit of the repository leads to that
 * unit's file, and is made as `systemctl enable` makes it where its own target would not; any other has to point to a unit of the
 * distribution.
 */
export function buildRepositoryLinks(
  { links, fragments, aliases }: UnitLayer,
  places: UnitPlaces,
): { readonly entries: readonly LinkEntry[]; readonly diagnostics: readonly Diagnostic[] } {
  const entries: LinkEntry[] = [];
  const diagnostics: Diagnostic[] = [];
  for (const { directory, name, file } of links) {
    const path = `${places.unitDirectory}/${directory}/${name}`;
    const template = parseInstance(name)?.template ?? "";
    const own = [name, template].find((candidate) => fragments.has(candidate) || aliases.has(candidate));
    const written = readTarget(file);
    if (own === undefined && !leadsToHost(path, written, places)) {
      diagnostics.push(refuse(file.path, name, written));
      continue;
    }
    entries.push({
      kind: "link",
      path,
      role: "enablement",
      origin: file.path,
      unit: aliases.get(name)?.target ?? name,
      linkTarget: own === undefined ? written : chooseTarget(path, written, `${places.unitDirectory}/${own}`),
    });
  }
  return { entries, diagnostics };
}

/** What is written, if that leads to the unit's file on the host as well: a link of the host may be taken over as it is. */
function chooseTarget(path: string, written: string, target: string): string {
  return resolveLink(path, written) === target ? written : target;
}

/** Whether a link at a path of the host leads to a unit there; a relative one, to a unit of the distribution. */
function leadsToHost(path: string, written: string, places: UnitPlaces): boolean {
  const target = written.startsWith("/") ? written : resolveLink(path, written);
  if (target === null || findUnitAt(target, places) === null) return false;
  return written.startsWith("/") || !target.startsWith(`${places.unitDirectory}/`);
}

function refuse(file: string, name: string, target: string): Diagnostic {
  return {
    severity: "error",
    code: "link-without-unit",
    file,
    message: `enables ${name}, which is no unit of this repository, and points to ${JSON.stringify(target)}, which is no unit of a host`,
    hint: `add ${name} to the unit directory, or let the link point to the file of the distribution: /usr/lib/systemd/system/${name}`,
  };
}
