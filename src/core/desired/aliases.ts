/**
 * The aliases of the repository's units. systemd reads the drop-ins of all names of a unit, so a drop-in for an alias
 * belongs to the definition of the unit that has the alias (systemd.unit(5), measured on 252 and 257). Pure.
 */

import type { Derived } from "../model/derived.ts";
import type { SnapshotFile } from "../model/snapshot.ts";
import { listWords, mergeSettings } from "../units/definition.ts";
import { expandNameSpecifiers } from "../units/references.ts";
import { instantiate, isTemplateName, parseInstance } from "../units/unit-name.ts";
import type { UnitLayer } from "./unit-layer.ts";

export class UnitAliases {
  readonly #targets = new Map<string, string>();
  readonly #aliases = new Map<string, string[]>();

  /** Reads the links of the layer and Alias= in the units' own files. */
  constructor({ aliases, fragments }: Pick<UnitLayer, "aliases" | "fragments">, derived: Derived) {
    for (const [name, file] of fragments) {
      if (isTemplateName(name)) continue;
      for (const alias of derived.of(file, listWrittenAliases)) {
        this.#targets.set(expandNameSpecifiers(alias, name), name);
      }
    }
    for (const [alias, { target }] of aliases) this.#targets.set(alias, target);
    for (const name of fragments.keys()) this.#targets.delete(name);
    for (const alias of this.#targets.keys()) {
      const unit = this.resolve(alias);
      this.#aliases.set(unit, [...(this.#aliases.get(unit) ?? []), alias]);
    }
  }

  /** The unit that has the alias `name`; `name` itself when it is not an alias. */
  resolve(name: string): string {
    const seen = new Set<string>();
    let resolved = name;
    while (!seen.has(resolved)) {
      seen.add(resolved);
      resolved = this.#targets.get(resolved) ?? this.#resolveInstance(resolved) ?? resolved;
    }
    return resolved;
  }

  /** All other names of a unit. */
  listAliasesOf(unit: string): readonly string[] {
    const own = this.#aliases.get(unit) ?? [];
    const { template, instance } = parseInstance(unit) ?? {};
    if (template === undefined || instance === undefined) return own;
    const ofTemplate = this.listAliasesOf(template).filter(isTemplateName);
    return [...own, ...ofTemplate.map((alias) => instantiate(alias, instance))];
  }

  /** When a template name is an alias, an instance of it is an instance of the template that has the alias. */
  #resolveInstance(name: string): string | undefined {
    const { template = "", instance = "" } = parseInstance(name) ?? {};
    const target = this.#targets.get(template);
    return target === undefined || !isTemplateName(target) ? undefined : instantiate(target, instance);
  }
}

/** The words of Alias=. A cheap look first: to parse the file of every unit once more would take as long as all the rest. */
function listWrittenAliases(file: SnapshotFile): readonly string[] {
  if (!new TextDecoder().decode(file.bytes).includes("Alias")) return [];
  return listWords(mergeSettings([file]).settings, "Install.Alias");
}
