/**
 * Knows which directories of the host can show drift, and which managed units and files a change in them concerns. Pure:
 * made from the inventory, and made anew when it changes.
 */

import type { LookScope } from "../model/drift.ts";
import type { HostLayout } from "../model/host-layout.ts";
import type { Inventory } from "../model/inventory.ts";
import { isUnitName, listDropInDirectories, parseInstance, serviceOfQuadlet } from "../units/unit-name.ts";
import { ScopeSum } from "./look-scope.ts";
import { isPullingDirectory } from "./places.ts";

/** What the places follow from. */
export type WatchedInventory = Pick<Inventory, "files" | "units" | "generation" | "credentials">;

export type WatchLayout = Pick<
  HostLayout,
  "dropInParents" | "vendorDropInParents" | "quadletDirectory" | "credentialDirectory" | "credentialsPath"
>;

export class WatchPlaces {
  /** Directories whose entries matter, whether they exist or not. */
  readonly directories: ReadonlySet<string>;
  /** Those of them that also have directories which matter: see `isInside`. */
  readonly parents: ReadonlySet<string>;
  readonly #layout: WatchLayout;
  readonly #units: ReadonlySet<string>;
  /** Path of a managed file → its unit. */
  readonly #files: ReadonlyMap<string, string | null>;
  /** The generation, and the names below which its credentials lie: units and templates. */
  readonly #generation: string | null;
  readonly #receivers: ReadonlySet<string>;
  /** Names of units and of their aliases, and of templates → the units. */
  readonly #byName = new Map<string, Set<string>>();
  /** Names of directories such as `web.service.d` → the units that their drop-ins change. */
  readonly #byDropIn = new Map<string, Set<string>>();

  constructor(inventory: WatchedInventory, layout: WatchLayout) {
    const files = Object.entries(inventory.files);
    this.#layout = layout;
    this.#units = new Set(Object.keys(inventory.units));
    this.#files = new Map(files.map(([path, { unit }]) => [path, unit]));
    this.#generation = inventory.generation;
    this.#receivers = new Set(inventory.credentials.map(({ unit }) => unit));
    for (const unit of this.#units) this.#addName(unit, unit);
    for (const [path, { role, unit }] of files) {
      if (unit !== null && role === "alias") this.#addName(nameOf(path), unit);
      if (unit !== null && role === "quadlet") this.#addQuadlet(unit);
    }
    const hasQuadlets = files.some(([, { role }]) => role === "quadlet");
    this.parents = new Set([
      ...(this.#units.size === 0 ? [] : [...layout.dropInParents, ...layout.vendorDropInParents]),
      ...(hasQuadlets ? [layout.quadletDirectory] : []),
    ]);
    this.directories = new Set([
      ...this.parents,
      ...[...this.#files.keys()].map(directoryOf),
      ...this.#listCredentialDirectories(),
    ]);
  }

  /** Whether these are the places of this inventory, too. */
  areOf({ files, units, generation, credentials }: WatchedInventory): boolean {
    const paths = Object.entries(files);
    const names = Object.keys(units);
    const receivers = new Set(credentials.map(({ unit }) => unit));
    return (
      generation === this.#generation &&
      paths.length === this.#files.size &&
      names.length === this.#units.size &&
      receivers.size === this.#receivers.size &&
      paths.every(([path, { unit }]) => this.#files.get(path) === unit) &&
      names.every((name) => this.#units.has(name)) &&
      [...receivers].every((unit) => this.#receivers.has(unit))
    );
  }

  /** Whether a directory of this name, in one of `parents`, matters: for drop-ins of managed units, or for links. */
  isInside(name: string): boolean {
    return isPullingDirectory(name) || (name.endsWith(".d") && this.unitsOfDropIns(name).size > 0);
  }

  /** What a changed entry of one of the directories concerns; null for nothing managed. */
  scopeOf(path: string): LookScope | null {
    const owner = this.#files.get(path);
    if (owner !== undefined) {
      const units = owner === null ? [] : [owner, ...this.unitsOf(owner)];
      return { units: new Set(units), paths: new Set([path]) };
    }
    const [parent, name] = [directoryOf(path), nameOf(path)];
    if (path === this.#layout.credentialsPath) return ofUnits(this.#listReceivers());
    if (isBelow(path, this.#layout.credentialDirectory)) return ofUnits(this.unitsOf(nameOf(parent)));
    if (this.parents.has(parent)) {
      if (isPullingDirectory(name)) return "all";
      return ofUnits(name.endsWith(".d") ? this.unitsOfDropIns(name) : this.unitsOf(name));
    }
    if (!this.parents.has(directoryOf(parent))) return null;
    if (isPullingDirectory(parent)) return ofUnits(this.unitsOf(name));
    return name.endsWith(".conf") ? ofUnits(this.unitsOfDropIns(nameOf(parent))) : null;
  }

  /** What has to be looked at when a directory appeared, disappeared or was replaced; null for nothing managed. */
  scopeOfDirectory(directory: string): LookScope | null {
    const sum = new ScopeSum();
    if ([...this.parents].some((parent) => isBelow(`${parent}/`, directory))) return "all";
    for (const path of this.#files.keys()) {
      if (isBelow(path, directory)) sum.add(this.scopeOf(path) ?? "all");
    }
    const { credentialDirectory } = this.#layout;
    const isAbove = isBelow(`${credentialDirectory}/`, directory);
    if (isAbove || isBelow(directory, credentialDirectory)) sum.add(ofUnitSet(this.#listReceivers()));
    sum.add(this.scopeOf(directory));
    return sum.take();
  }

  /** The managed units that are meant by a name: a unit, an alias, or a template or one of its instances. */
  unitsOf(name: string): ReadonlySet<string> {
    const known = this.#byName.get(name);
    if (known !== undefined) return known;
    const template = parseInstance(name)?.template;
    // Somebody may use an instance of a managed template that git does not name.
    return template !== undefined && this.#units.has(template) && isUnitName(name)
      ? new Set([name, template])
      : new Set();
  }

  /** The managed units that the drop-ins in a directory of this name change. */
  unitsOfDropIns(name: string): ReadonlySet<string> {
    return this.#byDropIn.get(name) ?? this.unitsOf(name.slice(0, -".d".length));
  }

  #addName(name: string, unit: string): void {
    addTo(this.#byName, name, unit);
    const template = parseInstance(name)?.template;
    if (template !== undefined) addTo(this.#byName, template, unit);
    this.#addDropIns(name, unit);
  }

  /** The files of a quadlet have its own name as their unit. What runs is the service that is generated from it. */
  #addQuadlet(quadlet: string): void {
    const service = serviceOfQuadlet(quadlet);
    for (const unit of this.#units.has(service) ? [quadlet, service] : [quadlet]) {
      addTo(this.#byName, quadlet, unit);
      this.#addDropIns(quadlet, unit);
    }
  }

  #addDropIns(name: string, unit: string): void {
    for (const directory of listDropInDirectories(name)) addTo(this.#byDropIn, directory, unit);
  }

  #listCredentialDirectories(): readonly string[] {
    const { credentialDirectory } = this.#layout;
    if (this.#generation === null || this.#receivers.size === 0) return [];
    const root = `${credentialDirectory}/${this.#generation}`;
    return [credentialDirectory, root, ...[...this.#receivers].map((unit) => `${root}/${unit}`)];
  }

  #listReceivers(): ReadonlySet<string> {
    return new Set([...this.#receivers].flatMap((unit) => [...this.unitsOf(unit)]));
  }
}

function addTo(map: Map<string, Set<string>>, key: string, unit: string): void {
  const units = map.get(key);
  if (units === undefined) map.set(key, new Set([unit]));
  else units.add(unit);
}

function ofUnitSet(units: ReadonlySet<string>): LookScope {
  return { units, paths: new Set() };
}

function ofUnits(units: ReadonlySet<string>): LookScope | null {
  return units.size === 0 ? null : ofUnitSet(units);
}

function directoryOf(path: string): string {
  return path.slice(0, Math.max(1, path.lastIndexOf("/")));
}

function nameOf(path: string): string {
  return path.slice(path.lastIndexOf("/") + 1);
}

/** A directory with a slash at its end is below itself. */
function isBelow(path: string, directory: string): boolean {
  return path.startsWith(directory === "/" ? directory : `${directory}/`);
}
