/**
 * Makes systemd read the drop-ins that apply to no unit of the revision: those for a whole type (`service.d`) or a
 * prefix, which still apply to other units of the host, and those for a unit that the machine of the check does not
 * have. Writes into the stage only.
 */
import { mkdir, writeFile } from "node:fs/promises";
import path from "node:path";
import { isQuadletName, listDropInDirectories, typeOfUnit } from "../../core/units/unit-name.ts";
import type { Stage } from "./stage.ts";

/**
 * Causes no message itself. The unit need not load: systemd reports a wrong line of a drop-in while it reads the
 * drop-in.
 */
const standInText = "[Unit]\nDefaultDependencies=no\n";

/**
 * Makes one unit for each drop-in directory that applies to none of `units`, with a copy of the drop-ins. Messages
 * about these units themselves are dropped, because they are not units of the revision.
 * @returns the paths to verify
 */
export async function stageStandIns(stage: Stage, units: readonly string[]): Promise<readonly string[]> {
  const obeyed = new Set(units.flatMap(listDropInDirectories));
  const orphans = new Map<string, string[]>();
  for (const file of stage.files.keys()) {
    const directory = path.basename(path.dirname(file));
    const isDropIn = path.dirname(path.dirname(file)) === stage.units && directory.endsWith(".d");
    if (!isDropIn || obeyed.has(directory) || isQuadletName(ownerOf(directory))) continue;
    orphans.set(directory, [...(orphans.get(directory) ?? []), file]);
  }
  const standIns: string[] = [];
  for (const [directory, dropIns] of orphans) {
    const name = `gitops-agent-verify-${standIns.length}.${typeOfUnit(ownerOf(directory))}`;
    const standIn = path.join(stage.units, name);
    standIns.push(standIn);
    await writeFile(standIn, standInText, { mode: 0o600, flag: "wx" });
    await mkdir(`${standIn}.d`, { mode: 0o700 });
    for (const file of dropIns)
      await copyDropIn(stage, file, path.join(`${standIn}.d`, path.basename(file)), name);
  }
  return standIns;
}

function ownerOf(directory: string): string {
  return directory.slice(0, -".d".length);
}

async function copyDropIn({ files }: Stage, from: string, to: string, unit: string): Promise<void> {
  const file = files.get(from);
  if (file === undefined) return;
  await writeFile(to, file.bytes, { mode: 0o600, flag: "wx" });
  files.set(to, { ...file, unit });
}
