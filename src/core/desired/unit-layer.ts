/**
 * Sorts the files of the unit directories into fragments, drop-ins, links and quadlets by systemd's naming rules. What is no
 * unit is passed over; what looks like one and cannot be placed is reported. Pure.
 */
import type { Diagnostic } from "../model/errors.ts";
import type { SnapshotFile } from "../model/snapshot.ts";
import {
  hasUnitType,
  isDropInDirectory,
  isQuadletDropInDirectory,
  isQuadletName,
  isTemplateName,
  isUnitName,
  parseInstance,
} from "../units/unit-name.ts";
import { isEnablementDirectory, isUnitDirectory } from "./layout-paths.ts";
import { explainLink, findLinkedUnit, mayHaveName, readTarget, type UnitPaths } from "./linked-unit.ts";
import { isForeignFormat, isKeptAway, isNote, isUserPlace } from "./passed-over.ts";
import type { UnitPlaces } from "./unit-places.ts";
import { nameFirst } from "./unmentioned.ts";

export interface UnitLayer {
  /** Unit name → its own file. */
  readonly fragments: ReadonlyMap<string, SnapshotFile>;
  /** Quadlet name → its file. */
  readonly quadletFiles: ReadonlyMap<string, PlacedFile>;
  /** Quadlet name → the symlink that makes a quadlet of this name of another one's text. */
  readonly quadletLinks: ReadonlyMap<string, PlacedFile>;
  /** Drop-in directory name → file name → file. */
  readonly dropIns: ReadonlyMap<string, ReadonlyMap<string, SnapshotFile>>;
  /** Instance name → the symlink that declares it. */
  readonly instances: ReadonlyMap<string, SnapshotFile>;
  /** Alias name → the unit that has it, and the symlink. */
  readonly aliases: ReadonlyMap<string, { readonly target: string; readonly file: SnapshotFile }>;
  /** Instance or alias → the target of its link on the host. */
  readonly linkTargets: ReadonlyMap<string, string>;
  readonly masks: ReadonlyMap<string, SnapshotFile>;
  /** The links of directories like `multi-user.target.wants`. */
  readonly links: readonly EnablementLink[];
  /** Path below the unit directory → file that is no unit. */
  readonly others: ReadonlyMap<string, SnapshotFile>;
  readonly diagnostics: readonly Diagnostic[];
}

export interface PlacedFile {
  /** The path below the unit directory of the repository, and below the quadlet directory of the host. */
  readonly relative: string;
  readonly file: SnapshotFile;
}

export interface EnablementLink {
  /** `multi-user.target.wants` */
  readonly directory: string;
  /** The unit that pulls it in: `multi-user.target`. */
  readonly puller: string;
  /** The unit that is pulled in. */
  readonly name: string;
  readonly file: SnapshotFile;
}

class LayerBuilder {
  readonly fragments = new Map<string, SnapshotFile>();
  readonly quadletFiles = new Map<string, PlacedFile>();
  readonly quadletLinks = new Map<string, PlacedFile>();
  readonly dropIns = new Map<string, Map<string, SnapshotFile>>();
  readonly instances = new Map<string, SnapshotFile>();
  readonly aliases = new Map<string, { target: string; file: SnapshotFile }>();
  readonly linkTargets = new Map<string, string>();
  readonly masks = new Map<string, SnapshotFile>();
  readonly links: EnablementLink[] = [];
  readonly others = new Map<string, SnapshotFile>();
  readonly diagnostics: Diagnostic[] = [];
  readonly userUnits: string[] = [];
  private readonly places: UnitPlaces;
  private readonly unitPaths: UnitPaths;

  constructor(places: UnitPlaces, unitPaths: UnitPaths) {
    this.places = places;
    this.unitPaths = unitPaths;
  }

  add(relative: string, file: SnapshotFile): void {
    const parts = relative.split("/");
    const [name = "", directory = ""] = parts.toReversed();
    if (isUserPlace(parts.slice(0, -1)) && (isUnitName(name) || isUnitDirectory(directory))) {
      this.userUnits.push(file.path);
    } else if (parts.some(isKeptAway)) this.others.set(relative, file);
    else if (parts.length === 1) this.addTopLevel(name, file);
    else if (isQuadletDropInDirectory(directory) || (parts.length === 2 && isUnitDirectory(directory))) {
      this.addBelow(directory, name, relative, file);
    } else this.addDeep(relative, file);
  }

  private addTopLevel(name: string, file: SnapshotFile): void {
    if (file.mode !== "symlink" && isForeignFormat(file.bytes)) this.others.set(name, file);
    else if (isUnitName(name)) {
      if (file.mode === "symlink") this.addLink(name, file);
      else if (file.bytes.length === 0) this.masks.set(name, file);
      else this.fragments.set(name, file);
    } else if (isQuadletName(name)) this.addQuadlet(name, name, file);
    else if (hasUnitType(name)) {
      const hint = "a unit's name has letters, digits and : - _ . \\ @, at most 255 characters with its type";
      this.refuse(file, "has a name that systemd does not accept for a unit", hint);
    } else this.others.set(name, file);
  }

  private addQuadlet(name: string, relative: string, file: SnapshotFile): void {
    const quadlets = file.mode === "symlink" ? this.quadletLinks : this.quadletFiles;
    quadlets.set(name, { relative, file });
  }

  /**
   * podman searches the directories below its own (podman-systemd.unit(5)). systemd does not: a unit there would be missing
   * on the host, which must not go unnoticed.
   */
  private addDeep(relative: string, file: SnapshotFile): void {
    const parts = relative.split("/");
    const name = parts.at(-1) ?? "";
    const isUnit = isUnitName(name) || (name.endsWith(".conf") && parts.some(isDropInDirectory));
    if (file.mode !== "symlink" && isForeignFormat(file.bytes)) this.others.set(relative, file);
    else if (isQuadletName(name)) this.addQuadlet(name, relative, file);
    else if (!isUnit) this.others.set(relative, file);
    else {
      const hint =
        "name its directory in gitops.yaml, with or without a pattern: layout: { units: [DIRECTORY/**] }";
      this.refuse(file, "lies in a directory that is not searched for units", hint);
    }
  }

  private addLink(name: string, file: SnapshotFile): void {
    if (readTarget(file) === "/dev/null") {
      this.masks.set(name, file);
      return;
    }
    const linked = findLinkedUnit(file, this.places.unitDirectory, this.places, this.unitPaths);
    // A link to the distribution's file of the same name changes nothing.
    if (linked?.unit === name) this.others.set(name, file);
    else if (linked === null || !mayHaveName(linked.unit, name)) {
      const { message, hint } = explainLink(name, file, linked);
      this.refuse(file, message, hint);
    } else {
      this.linkTargets.set(name, linked.linkTarget);
      const isInstance = isTemplateName(linked.unit) && parseInstance(name)?.template === linked.unit;
      if (isInstance) this.instances.set(name, file);
      else this.aliases.set(name, { target: linked.unit, file });
    }
  }

  private addBelow(directory: string, name: string, relative: string, file: SnapshotFile): void {
    if (isEnablementDirectory(directory)) this.addEnablement(directory, name, file);
    else if (isNote(name)) this.others.set(relative, file);
    else if (!name.endsWith(".conf")) {
      this.refuse(file, "is not a drop-in", "systemd reads only *.conf in a drop-in directory");
    } else if (file.mode === "symlink") {
      this.refuse(file, "is a symlink", "a drop-in is a file");
    } else {
      const files = this.dropIns.get(directory) ?? new Map<string, SnapshotFile>();
      this.dropIns.set(directory, files.set(name, file));
    }
  }

  /** systemd.unit(5): the link's name tells the unit, and the directory's name the unit that pulls it in. */
  private addEnablement(directory: string, name: string, file: SnapshotFile): void {
    const puller = directory.slice(0, directory.lastIndexOf("."));
    if (isUnitName(puller) && isUnitName(name) && !isTemplateName(name) && file.mode === "symlink") {
      this.links.push({ directory, puller, name, file });
    } else if (isUnitName(name) || file.mode === "symlink") {
      const hint = `a link in ${directory}/ has the name of the unit that ${puller} pulls in`;
      this.refuse(file, "enables nothing", hint);
    } else this.others.set(`${directory}/${name}`, file);
  }

  private refuse(file: SnapshotFile, message: string, hint: string): void {
    this.diagnostics.push({ severity: "error", code: "not-a-unit", file: file.path, message, hint });
  }
}

/**
 * @param places where units lie on the host, to understand links
 * @param unitPaths where they lie in the repository
 */
export function sortUnitLayer(
  units: ReadonlyMap<string, SnapshotFile>,
  places: UnitPlaces,
  unitPaths: UnitPaths,
): UnitLayer {
  const builder = new LayerBuilder(places, unitPaths);
  for (const [relative, file] of units) builder.add(relative, file);
  return { ...builder, diagnostics: [...builder.diagnostics, ...warnOfUserUnits(builder.userUnits)] };
}

function warnOfUserUnits(paths: readonly string[]): readonly Diagnostic[] {
  const [file] = paths;
  if (file === undefined) return [];
  const others = paths.length > 1 ? `, as ${nameFirst(paths.slice(1))}` : "";
  return [
    {
      severity: "warning",
      code: "user-unit",
      file,
      message: `is a unit of users${others}: it is left out, since the agent manages the units of the system only`,
      hint: "below a directory of files, as etc/systemd/user/NAME, it is placed where the managers of users read it; if it is meant for the system, name its directory in gitops.yaml: layout: { units: [DIRECTORY] }",
    },
  ];
}
