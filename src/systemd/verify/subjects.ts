/** Chooses which files of the stage `systemd-analyze verify` gets. Adds the units that make systemd read the rest. */
import { stat, writeFile } from "node:fs/promises";
import path from "node:path";
import type { Desired } from "../../core/model/desired.ts";
import { parseInstance } from "../../core/units/unit-name.ts";
import type { Stage } from "./stage.ts";
import { stageStandIns } from "./stand-ins.ts";

/**
 * The paths to hand to `systemd-analyze verify`: each unit of the revision, a template only when it has no instance,
 * the units of others that a drop-in of the revision extends, and stand-ins for those that do not exist here.
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

/**
 * Replaces names with a colon, which `systemd-analyze verify` reads as FILE:ALIAS, by one unit with a Wants= for
 * each.
 */
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

/**
 * Whether a regular file is at the path. False for a mask, because /dev/null is no regular file: there is nothing to
 * check.
 */
async function isThere(file: string): Promise<boolean> {
  return stat(file).then(
    (stats) => stats.isFile(),
    () => false,
  );
}
