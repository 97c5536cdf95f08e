/** Plans which paths are put back as git has them, with a backup of what is there. Pure. */

import { isSameAccess } from "../drift/applied-file.ts";
import type { Corrections, PathCorrection } from "../model/correction.ts";
import type { Desired, HostFile } from "../model/desired.ts";
import type { Inventory } from "../model/inventory.ts";
import type { ObservedFile } from "../model/observed.ts";
import { type FileStep, pathOf } from "./file-steps.ts";
import { isSameContent } from "./files.ts";

/** Where the agent may remove what somebody else has put there. A package's files below /usr are none of its business. */
const removable = /^\/(etc|run)\//;

/** A directory or device at a path is left to people. */
export function planPutBack(
  desired: Desired,
  applied: Inventory,
  observed: ReadonlyMap<string, ObservedFile>,
  { paths }: Corrections,
): readonly FileStep[] {
  return [...paths].flatMap(([path, correction]): readonly FileStep[] => {
    const file = desired.files.get(path);
    const found = observed.get(path) ?? { kind: "absent" };
    if (found.kind === "other") return [];
    if (file !== undefined) return writeBack(file, found, correction, desired);
    const isForeign = found.kind !== "absent" && applied.files[path] === undefined;
    if (!isForeign || !removable.test(path)) return [];
    const { because, role, unit } = correction;
    return [{ kind: "delete", path, role, unit, because: `${because}; a backup is kept`, backup: true }];
  });
}

/** The corrections without the paths at which these steps change nothing that a process could have loaded. */
export function keepChanged(corrections: Corrections, steps: readonly FileStep[]): Corrections {
  const changed = new Set(
    steps.filter((step) => !(step.kind === "write" && step.isAccessOnly) && !isLink(step)).map(pathOf),
  );
  return { ...corrections, paths: new Map([...corrections.paths].filter(([path]) => changed.has(path))) };
}

function isLink(step: FileStep): boolean {
  return ("file" in step ? step.file.role : step.role) === "enablement";
}

function writeBack(
  file: HostFile,
  found: ObservedFile,
  { because }: PathCorrection,
  { layout }: Desired,
): readonly FileStep[] {
  const replaces = found.kind !== "absent";
  if (!isSameContent(file, found)) {
    const note = replaces ? `${because}; a backup is kept` : because;
    return [{ kind: "write", file, because: note, backup: replaces, replaces }];
  }
  if (found.kind !== "file" || file.kind !== "file" || isSameAccess(file, found, layout)) return [];
  return [{ kind: "write", file, because, backup: false, replaces, isAccessOnly: true }];
}
