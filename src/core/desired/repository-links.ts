/**
 * Makes the enablement links of the host from those that a repository brings in `x.target.wants` and the like. Pure.
 */
import type { LinkEntry } from "../model/desired.ts";
import type { Diagnostic } from "../model/errors.ts";
import { parseInstance } from "../units/unit-name.ts";
import type { UnitLayer } from "./unit-layer.ts";
import { findUnitAt, type UnitPlaces } from "./unit-places.ts";

/**
 * The links of `x.target.wants` and the like, as the host gets them. A link to a unit of the repository points to that
 * unit's file, as `systemctl enable` makes it; any other has to point to a unit of the distribution.
 */
export function buildRepositoryLinks(
  { links, fragments }: UnitLayer,
  places: UnitPlaces,
): { readonly entries: readonly LinkEntry[]; readonly diagnostics: readonly Diagnostic[] } {
  const entries: LinkEntry[] = [];
  const diagnostics: Diagnostic[] = [];
  for (const { directory, name, file } of links) {
    const template = parseInstance(name)?.template ?? "";
    const own = [name, template].find((candidate) => fragments.has(candidate));
    const written = new TextDecoder().decode(file.bytes);
    const target = own === undefined ? written : `${places.unitDirectory}/${own}`;
    if (own === undefined && findUnitAt(written, places) === null) {
      diagnostics.push(refuse(file.path, name, written));
      continue;
    }
    const path = `${places.unitDirectory}/${directory}/${name}`;
    entries.push({
      kind: "link",
      path,
      role: "enablement",
      origin: file.path,
      unit: name,
      linkTarget: target,
    });
  }
  return { entries, diagnostics };
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
