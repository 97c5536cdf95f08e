/**
 * Sorts the files below units/ into fragments, drop-ins, links and quadlets by systemd's naming rules, and reports
 * every other file. Pure.
 */
import type { Diagnostic } from "../model/errors.ts";
import type { SnapshotFile } from "../model/snapshot.ts";
import {
  isDropInDirectory,
  isQuadletName,
  isTemplateName,
  isUnitName,
  parseInstance,
  typeOfUnit,
} from "../units/unit-name.ts";

export interface UnitLayer {
  /** Unit name → its own file. */
  readonly fragments: ReadonlyMap<string, SnapshotFile>;
  /** Quadlet file name → file. */
  readonly quadlets: ReadonlyMap<string, SnapshotFile>;
  /** Drop-in directory name → file name → file. */
  readonly dropIns: ReadonlyMap<string, ReadonlyMap<string, SnapshotFile>>;
  /** Instance name → the symlink that declares it. */
  readonly instances: ReadonlyMap<string, SnapshotFile>;
  /** Alias name → the unit that has it, and the symlink. */
  readonly aliases: ReadonlyMap<string, { readonly target: string; readonly file: SnapshotFile }>;
  readonly masks: ReadonlyMap<string, SnapshotFile>;
  readonly diagnostics: readonly Diagnostic[];
}

class LayerBuilder {
  readonly fragments = new Map<string, SnapshotFile>();
  readonly quadlets = new Map<string, SnapshotFile>();
  readonly dropIns = new Map<string, Map<string, SnapshotFile>>();
  readonly instances = new Map<string, SnapshotFile>();
  readonly aliases = new Map<string, { target: string; file: SnapshotFile }>();
  readonly masks = new Map<string, SnapshotFile>();
  readonly diagnostics: Diagnostic[] = [];

  add(relative: string, file: SnapshotFile): void {
    const parts = relative.split("/");
    const name = parts.at(-1) ?? relative;
    if (name.startsWith(".")) return;
    if (parts.length === 1) this.addTopLevel(name, file);
    else if (parts.length === 2 && parts[0] !== undefined) this.addBelow(parts[0], name, file);
    else this.refuse(file, "lies too deep", "units/ holds unit files and one level of drop-in directories");
  }

  private addTopLevel(name: string, file: SnapshotFile): void {
    if (isUnitName(name)) {
      if (file.mode === "symlink") this.addLink(name, file);
      else if (file.bytes.length === 0) this.masks.set(name, file);
      else this.fragments.set(name, file);
    } else if (isQuadletName(name) && file.mode !== "symlink") this.quadlets.set(name, file);
    else
      this.refuse(file, "is not a unit file", "a unit is named NAME.service, NAME.timer, NAME.container, …");
  }

  private addLink(name: string, file: SnapshotFile): void {
    const target = new TextDecoder().decode(file.bytes);
    if (target === "/dev/null") this.masks.set(name, file);
    else if (target.includes("/") || !isUnitName(target) || typeOfUnit(target) !== typeOfUnit(name)) {
      const hint = "a symlink in units/ declares an instance, an alias or (to /dev/null) a mask";
      this.refuse(file, `points to ${JSON.stringify(target)}`, hint);
    } else if (isTemplateName(target) && parseInstance(name)?.template === target) {
      this.instances.set(name, file);
    } else this.aliases.set(name, { target, file });
  }

  private addBelow(directory: string, name: string, file: SnapshotFile): void {
    if (/\.(wants|requires|upholds)$/.test(directory)) {
      this.refuse(file, "is an enablement link", "enablement follows from [Install]: delete the directory");
    } else if (!isDropInDirectory(directory)) {
      this.refuse(
        file,
        `lies in ${directory}/, which belongs to no unit`,
        "drop-ins live in NAME.service.d/",
      );
    } else if (!name.endsWith(".conf")) {
      this.refuse(file, "is not a drop-in", "systemd reads only *.conf in a drop-in directory");
    } else if (file.mode === "symlink") {
      this.refuse(file, "is a symlink", "a drop-in is a file");
    } else {
      const files = this.dropIns.get(directory) ?? new Map<string, SnapshotFile>();
      this.dropIns.set(directory, files.set(name, file));
    }
  }

  private refuse(file: SnapshotFile, message: string, hint: string): void {
    this.diagnostics.push({ severity: "error", code: "not-a-unit", file: file.path, message, hint });
  }
}

export function sortUnitLayer(units: ReadonlyMap<string, SnapshotFile>): UnitLayer {
  const builder = new LayerBuilder();
  for (const [relative, file] of units) builder.add(relative, file);
  return builder;
}
