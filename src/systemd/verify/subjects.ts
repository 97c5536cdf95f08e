/** Chooses what of the stage to hand to `systemd-analyze verify`. Adds to the stage what systemd needs to read all of it. */
import { stat, writeFile } from "node:fs/promises";
import path from "node:path";
import type { Desired } from "../../core/model/desired.ts";
import { parseInstance } from "../../core/units/unit-name.ts";
import type { Stage } from "./stage.ts";
import { stageStandIns } from "./stand-ins.ts";

/**
 * The paths to hand to `systemd-analyze verify`: each unit of ours, a template only where no instance stands for it,
 * the units of others that a drop-in of ours extends, and stand-ins for those that are not there.
 *
 * @param unitPaths where systemd looks for units besides the stage
 */
export async function listSubjects(
  desired: Desired,
  stage: Stage,
  unitPaths: readonly string[],
): Promise<readonly string[]> {
  const units = [...desired.units.values()].filter(({ masked }) => !masked);
  const instantiated = new Set(units.map(({ name }) => parseInstance(name)?.template));
  const subjects: string[] = [];
  for (const { name, owned, quadlet } of units) {
    if (instantiated.has(name)) continue;
    const directories = owned || quadlet !== null ? [stage.units] : [stage.foreign, ...unitPaths];
    const subject = await findFile(directories.map((directory) => path.join(directory, name)));
    if (subject !== null) subjects.push(subject);
  }
  const standIns = await stageStandIns(
    stage,
    subjects.map((subject) => path.basename(subject)),
  );
  return [...(await replaceColons(subjects, stage)), ...standIns];
}

/** `systemd-analyze verify FILE:ALIAS` means something else: a name with a colon is loaded by a unit that wants it. */
async function replaceColons(subjects: readonly string[], stage: Stage): Promise<readonly string[]> {
  const odd = subjects.filter((subject) => subject.includes(":")).map((subject) => path.basename(subject));
  if (odd.length === 0) return subjects;
  const helper = path.join(stage.units, "gitops-agent-verify.target");
  const text = `[Unit]\nDefaultDependencies=no\n${odd.map((name) => `Wants=${name}\n`).join("")}`;
  await writeFile(helper, text, { mode: 0o600, flag: "wx" });
  return [...subjects.filter((subject) => !subject.includes(":")), helper];
}

async function findFile(candidates: readonly string[]): Promise<string | null> {
  for (const candidate of candidates) if (await isThere(candidate)) return candidate;
  return null;
}

/** A mask is no subject: a link to /dev/null is not a file. */
async function isThere(file: string): Promise<boolean> {
  return stat(file).then(
    (stats) => stats.isFile(),
    () => false,
  );
}
