/**
 * Writes the units of a revision into one private directory, arranged as they would be on the host, so that systemd's
 * own checkers can read them there. Must not run anything. Its links lead only into the stage, to /dev/null, or to
 * files that the host has already.
 */
import { mkdir, rm, symlink, writeFile } from "node:fs/promises";
import path from "node:path";
import type { Desired, HostFile, LinkEntry } from "../../core/model/desired.ts";
import { AgentError } from "../../core/model/errors.ts";
import { isUnitName, parseInstance } from "../../core/units/unit-name.ts";
import { mapConcurrently } from "../../lib/concurrency.ts";
import { describeFailedCall, errnoOf, ifErrno } from "../../lib/system-error.ts";
import { linkForeign } from "./foreign.ts";
import { makeStageRoot } from "./stage-root.ts";

/** What a checker finds at a path of the stage. */
export interface StagedFile {
  /** Repository path. */
  readonly origin: string;
  /** The unit, template or drop-in owner that it belongs to. */
  readonly unit: string | null;
  readonly bytes: Uint8Array;
  /** For the service that a quadlet becomes: the quadlet's own files in the stage. */
  readonly generatedFrom?: readonly string[];
}

export interface Stage {
  readonly root: string;
  /** Stands for the unit directory. */
  readonly units: string;
  /** Links to what others put into the unit directory. It stays there, so it belongs to the check. */
  readonly foreign: string;
  /** Stands for the quadlet directory. */
  readonly quadlets: string;
  /** Links to what others put into the quadlet directory. */
  readonly foreignQuadlets: string;
  /** By path in the stage: all texts of the revision, also of units that are not laid out. */
  readonly files: Map<string, StagedFile>;
  /** What belongs below `units`, laid out or not. */
  readonly entries: readonly StageEntry[];
}

export interface StageEntry {
  readonly entry: HostFile;
  /** Path in the stage. */
  readonly staged: string;
  /** The name that systemd knows it by: of the unit or template, or of the owner of its directory of drop-ins. */
  readonly owner: string;
}

export interface StageInput {
  readonly desired: Desired;
  /** Paths that the agent owns on the host now; the revision replaces them all. */
  readonly ownedPaths: ReadonlySet<string>;
  /** The stage is a new directory below it, readable by its owner alone; made when it is missing. */
  readonly stagingDirectory: string;
}

const parallelWrites = 16;

/**
 * Runs `work` on a stage that is removed afterwards, whatever happens.
 * @throws AgentError `host-write-failed` when the stage cannot be made; what `work` throws
 */
export async function withStage<Result>(
  input: StageInput,
  work: (stage: Stage) => Promise<Result>,
): Promise<Result> {
  const directory = input.stagingDirectory;
  const root = await makeStageRoot(directory).catch((error: unknown) =>
    Promise.reject(stageError(directory, error)),
  );
  try {
    const stage = await fillStage(root, input).catch((error: unknown) =>
      Promise.reject(stageError(root, error)),
    );
    return await work(stage);
  } finally {
    await rm(root, { recursive: true, force: true });
  }
}

/** An error of the operating system, such as a full disk, is about the host and not about the revision. */
function stageError(place: string, cause: unknown): unknown {
  if (errnoOf(cause) === undefined) return cause;
  return new AgentError(
    "host-write-failed",
    ...describeFailedCall("lay the units out for validation in", place, cause),
  );
}

/** Lays out the quadlets and what others have put on the host. `layOut` does the rest. */
async function fillStage(root: string, input: StageInput): Promise<Stage> {
  const units = path.join(root, "units");
  const quadlets = path.join(root, "quadlets");
  const places = { units, quadlets };
  const all = [...input.desired.files.values()].flatMap((entry): readonly StageEntry[] => {
    const staged = entry.unit === null ? null : locateInStage(entry.path, places, input);
    return staged === null ? [] : [{ entry, staged, owner: ownerOf(path.relative(units, staged)) }];
  });
  const isQuadlet = ({ staged }: StageEntry) => staged.startsWith(`${quadlets}/`);
  const stage: Stage = {
    root,
    ...places,
    foreign: path.join(root, "foreign"),
    foreignQuadlets: path.join(root, "foreign-quadlets"),
    files: new Map(),
    entries: all.filter((one) => !isQuadlet(one)),
  };
  // All before anything is written, so that the files keep their order: of several files, the first is named as the cause.
  for (const { entry, staged } of all) {
    if (entry.kind !== "file") continue;
    stage.files.set(staged, { origin: entry.origin, unit: entry.unit, bytes: entry.bytes });
  }
  for (const directory of [units, stage.foreign, quadlets]) await mkdir(directory, { mode: 0o700 });
  await writeEntries(all.filter(isQuadlet), stage, input);
  const { unitDirectory } = input.desired.layout;
  await linkForeign(unitDirectory, stage.foreign, tellOurs(input));
  return stage;
}

/**
 * Writes the files and links of the named units.
 * @param isNeeded whether a unit, a template or an owner of drop-ins is read by the checker
 * @throws AgentError `host-write-failed`
 */
export async function layOut(
  stage: Stage,
  input: StageInput,
  isNeeded: (owner: string) => boolean,
): Promise<void> {
  try {
    await writeEntries(
      stage.entries.filter(({ owner }) => isNeeded(owner)),
      stage,
      input,
    );
    for (const [name, template] of listDeclaredInstances(input.desired, stage)) {
      const staged = path.join(stage.units, name);
      if (isNeeded(name)) await symlink(template, staged).catch(ifErrno(["EEXIST"], undefined));
    }
  } catch (error) {
    throw stageError(stage.root, error);
  }
}

async function writeEntries(entries: readonly StageEntry[], stage: Stage, input: StageInput): Promise<void> {
  for (const directory of new Set(entries.map(({ staged }) => path.dirname(staged)))) {
    await mkdir(directory, { recursive: true, mode: 0o700 });
  }
  await mapConcurrently(entries, parallelWrites, async ({ entry, staged }) => {
    if (entry.kind === "file") await writeFile(staged, entry.bytes, { mode: 0o600, flag: "wx" });
    else if (entry.role === "quadlet") await stageQuadletLink(entry, staged, stage, input);
    else {
      const target = findStagedTarget(entry);
      if (target !== null) await symlink(target, staged);
    }
  });
}

/** `web.service` and `web.service.d/10.conf` → `web.service` */
export function ownerOf(name: string): string {
  const [first = "", second] = name.split("/");
  return second === undefined ? first : first.replace(/\.d$/, "");
}

/**
 * Only files in the unit directory or one level below, and at any depth in the quadlet directory. Null for enablement links:
 * they change no check.
 */
function locateInStage(
  hostPath: string,
  { units, quadlets }: Pick<Stage, "units" | "quadlets">,
  { desired }: StageInput,
): string | null {
  const pairs = [
    [desired.layout.unitDirectory, units],
    [desired.layout.quadletDirectory, quadlets],
  ] as const;
  for (const [directory, replacement] of pairs) {
    if (!hostPath.startsWith(`${directory}/`)) continue;
    const parts = hostPath.slice(directory.length + 1).split("/");
    const isPlain = parts.every((part) => part !== "" && part !== "." && part !== "..");
    const isTooDeep = parts.length > 2 && replacement === units;
    if (!isPlain || isTooDeep || isEnablementDirectory(parts)) return null;
    return path.join(replacement, ...parts);
  }
  return null;
}

/** Whether the agent has written a path, or will. */
export function tellOurs({ ownedPaths, desired }: StageInput): (hostPath: string) => boolean {
  return (hostPath) => ownedPaths.has(hostPath) || desired.files.has(hostPath);
}

function isEnablementDirectory(parts: readonly string[]): boolean {
  return parts.length > 1 && /\.(wants|requires|upholds)$/.test(parts[0] ?? "");
}

/** podman's generator reads what the link points to, so it counts as a file with that text. */
async function stageQuadletLink(
  entry: LinkEntry,
  staged: string,
  stage: Stage,
  input: StageInput,
): Promise<void> {
  const target = input.desired.files.get(entry.linkTarget);
  const stagedTarget = locateInStage(entry.linkTarget, stage, input);
  if (target?.kind !== "file" || stagedTarget === null) return;
  stage.files.set(staged, { origin: target.origin, unit: entry.unit, bytes: target.bytes });
  await symlink(stagedTarget, staged);
}

/** Where the link leads in the stage; null when it means nothing there. */
export function findStagedTarget({ linkTarget }: LinkEntry): string | null {
  if (linkTarget === "/dev/null") return linkTarget;
  const target = path.basename(linkTarget);
  return isUnitName(target) ? target : null;
}

/**
 * The instances that gitops.yaml declares, with their templates: they have no file of their own, but systemd verifies only
 * files.
 */
export function listDeclaredInstances(
  desired: Desired,
  stage: Stage,
): readonly (readonly [instance: string, template: string])[] {
  return [...desired.units.values()].flatMap(({ name, declared, masked }) => {
    const template = parseInstance(name)?.template;
    if (template === undefined || !declared || masked) return [];
    const file = stage.files.get(path.join(stage.units, template));
    return file === undefined || file.generatedFrom !== undefined ? [] : [[name, template] as const];
  });
}
