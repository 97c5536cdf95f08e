/** Chooses which files of the stage `systemd-analyze verify` gets. Adds the units that make systemd read the rest. */
import { stat, writeFile } from "node:fs/promises";
import path from "node:path";
import type { Desired } from "../../core/model/desired.ts";
import { parseInstance } from "../../core/units/unit-name.ts";
import { findStagedTarget, listDeclaredInstances, type Stage } from "./stage.ts";
import { stageStandIns } from "./stand-ins.ts";

/** A unit to verify: name → path. */
export type Subjects = ReadonlyMap<string, string>;

/**
 * What there is to verify: each unit of the revision, a template only when it has no instance, and the units of others that
 * a drop-in of the revision extends.
 * @param unitPaths where systemd looks for units besides the stage
 */
export async function findSubjects(
  desired: Desired,
  stage: Stage,
  unitPaths: readonly string[],
): Promise<Subjects> {
  const units = [...desired.units.values()].filter(({ masked }) => !masked);
  const instantiated = new Set(units.map(({ name }) => parseInstance(name)?.template));
  const staged = listStagedNames(desired, stage);
  const subjects = new Map<string, string>();
  for (const { name, owned, quadlet } of units) {
    if (instantiated.has(name)) continue;
    const isOurs = owned || quadlet !== null;
    const subject = isOurs
      ? staged.has(name)
        ? path.join(stage.units, name)
        : null
      : await findFile([stage.foreign, ...unitPaths].map((directory) => path.join(directory, name)));
    if (subject !== null) subjects.set(name, subject);
  }
  return subjects;
}

/**
 * The paths to hand to `systemd-analyze verify` for the selected subjects, and stand-ins for units that do not exist here.
 * The selected ones must be laid out.
 */
export async function listPaths(
  subjects: Subjects,
  isSelected: (name: string) => boolean,
  stage: Stage,
): Promise<readonly string[]> {
  const selected = [...subjects].flatMap(([name, file]) => (isSelected(name) ? [file] : []));
  const standIns = await stageStandIns(stage, [...subjects.keys()]);
  return [...(await replaceColons(selected, stage)), ...standIns];
}

/** The names at which the stage has a unit file when all of it is laid out; a mask is none. */
function listStagedNames(desired: Desired, stage: Stage): ReadonlySet<string> {
  const links = new Map(
    stage.entries.flatMap(({ entry, owner, staged }) =>
      entry.kind === "link" && path.basename(staged) === owner ? [[owner, findStagedTarget(entry)]] : [],
    ),
  );
  const isFile = (name: string, steps = 0): boolean => {
    if (stage.files.has(path.join(stage.units, name))) return true;
    const target = links.get(name) ?? null;
    return target !== null && steps < links.size && isFile(target, steps + 1);
  };
  const declared = new Set(listDeclaredInstances(desired, stage).map(([name]) => name));
  const isThere = (name: string) => isFile(name) || (declared.has(name) && !links.has(name));
  return new Set([...desired.units.keys()].filter(isThere));
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
