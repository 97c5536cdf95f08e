/**
 * Writes the units of a revision into one private directory, arranged as they would be on the host, so that systemd's
 * own checkers can read them there. Must not run anything. Its links lead only into the stage, to /dev/null, or to
 * files that the host has already.
 */
import { lstat, mkdir, mkdtemp, readdir, readlink, rm, symlink, writeFile } from "node:fs/promises";
import path from "node:path";
import type { Desired, FileEntry, LinkEntry } from "../../core/model/desired.ts";
import { AgentError } from "../../core/model/errors.ts";
import { isUnitName, parseInstance } from "../../core/units/unit-name.ts";
import { mapConcurrently } from "../../lib/concurrency.ts";
import { describeFailedCall, errnoOf, ifErrno } from "../../lib/system-error.ts";

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
  /** By path in the stage. */
  readonly files: Map<string, StagedFile>;
}

export interface StageInput {
  readonly desired: Desired;
  /** Paths that the agent owns on the host now; the revision replaces them all. */
  readonly ownedPaths: ReadonlySet<string>;
  /** The stage is a new directory below it, readable by its owner alone; made when it is missing. */
  readonly stagingDirectory: string;
}

const stagePrefix = "gitops-agent-verify-";
/** Longer than any validation takes: a stage of this age was left by an agent that was killed. */
const staleAfterMs = 15 * 60_000;
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

async function makeStageRoot(directory: string): Promise<string> {
  await mkdir(directory, { recursive: true });
  await sweepStaleStages(directory);
  return mkdtemp(path.join(directory, stagePrefix));
}

/** An error of the operating system, such as a full disk, is about the host and not about the revision. */
function stageError(place: string, cause: unknown): unknown {
  if (errnoOf(cause) === undefined) return cause;
  return new AgentError(
    "host-write-failed",
    ...describeFailedCall("lay the units out for validation in", place, cause),
  );
}

async function sweepStaleStages(directory: string): Promise<void> {
  for (const name of await readdir(directory)) {
    if (!name.startsWith(stagePrefix)) continue;
    const stale = path.join(directory, name);
    const stats = await lstat(stale).catch(() => null);
    const isOurs = stats?.isDirectory() === true && stats.uid === process.getuid?.();
    if (!isOurs || Date.now() - stats.mtimeMs < staleAfterMs) continue;
    await rm(stale, { recursive: true, force: true });
  }
}

async function fillStage(root: string, input: StageInput): Promise<Stage> {
  const stage: Stage = {
    root,
    units: path.join(root, "units"),
    foreign: path.join(root, "foreign"),
    quadlets: path.join(root, "quadlets"),
    foreignQuadlets: path.join(root, "foreign-quadlets"),
    files: new Map(),
  };
  for (const directory of [stage.units, stage.foreign, stage.quadlets])
    await mkdir(directory, { mode: 0o700 });
  const entries = [...input.desired.files.values()].flatMap((entry) => {
    const staged = entry.unit === null ? null : locateInStage(entry.path, stage, input);
    return staged === null ? [] : [{ entry, staged }];
  });
  for (const directory of new Set(entries.map(({ staged }) => path.dirname(staged)))) {
    await mkdir(directory, { recursive: true, mode: 0o700 });
  }
  await mapConcurrently(entries, parallelWrites, async ({ entry, staged }) => {
    if (entry.kind === "file") await stageFile(entry, staged, stage);
    else if (entry.role === "quadlet") await stageQuadletLink(entry, staged, stage, input);
    else await stageLink(entry, staged);
  });
  await linkInstances(input.desired, stage);
  await linkForeign(input, stage);
  return stage;
}

/**
 * Only files in the unit directory or one level below, and at any depth in the quadlet directory. Null for enablement links:
 * they change no check.
 */
function locateInStage(hostPath: string, stage: Stage, input: StageInput): string | null {
  const pairs = [
    [input.desired.layout.unitDirectory, stage.units],
    [input.desired.layout.quadletDirectory, stage.quadlets],
  ] as const;
  for (const [directory, replacement] of pairs) {
    if (!hostPath.startsWith(`${directory}/`)) continue;
    const parts = hostPath.slice(directory.length + 1).split("/");
    const isPlain = parts.every((part) => part !== "" && part !== "." && part !== "..");
    const isTooDeep = parts.length > 2 && replacement === stage.units;
    if (!isPlain || isTooDeep || isEnablementDirectory(parts)) return null;
    return path.join(replacement, ...parts);
  }
  return null;
}

function isEnablementDirectory(parts: readonly string[]): boolean {
  return parts.length > 1 && /\.(wants|requires|upholds)$/.test(parts[0] ?? "");
}

async function stageFile(entry: FileEntry, staged: string, { files }: Stage): Promise<void> {
  // Set before anything is awaited, so that the files keep their order: of several files, the first is named as the
  // cause.
  files.set(staged, { origin: entry.origin, unit: entry.unit, bytes: entry.bytes });
  await writeFile(staged, entry.bytes, { mode: 0o600, flag: "wx" });
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

async function stageLink(entry: LinkEntry, staged: string): Promise<void> {
  if (entry.linkTarget === "/dev/null") await symlink("/dev/null", staged);
  else {
    const target = path.basename(entry.linkTarget);
    if (isUnitName(target)) await symlink(target, staged);
  }
}

/**
 * Makes links for instances that gitops.yaml declares: they have no file of their own, but systemd verifies only
 * files.
 */
async function linkInstances(desired: Desired, stage: Stage): Promise<void> {
  for (const { name, declared, masked } of desired.units.values()) {
    const template = parseInstance(name)?.template;
    if (template === undefined || !declared || masked || !stage.files.has(path.join(stage.units, template)))
      continue;
    await symlink(template, path.join(stage.units, name)).catch(ifErrno(["EEXIST"], undefined));
  }
}

async function linkForeign({ ownedPaths, desired }: StageInput, stage: Stage): Promise<void> {
  const { unitDirectory } = desired.layout;
  const isOurs = (hostPath: string) => ownedPaths.has(hostPath) || desired.files.has(hostPath);
  for (const name of await listNames(unitDirectory)) {
    const hostPath = path.join(unitDirectory, name);
    if (isOurs(hostPath) || isEnablementDirectory([name, ""])) continue;
    if (isUnitName(name)) await linkLike(hostPath, path.join(stage.foreign, name));
    else if (name.endsWith(".d")) {
      const foreign = (await listNames(hostPath)).filter((file) => !isOurs(path.join(hostPath, file)));
      if (foreign.length > 0) await mkdir(path.join(stage.foreign, name), { mode: 0o700 });
      for (const file of foreign)
        await linkLike(path.join(hostPath, file), path.join(stage.foreign, name, file));
    }
  }
}

/**
 * Copies a link with its target, so that systemd still takes it for an alias or a mask. For a file, makes a link to
 * it.
 */
async function linkLike(hostPath: string, staged: string): Promise<void> {
  const target = await readlink(hostPath).catch(() => null);
  const absolute = target === null ? hostPath : path.resolve(path.dirname(hostPath), target);
  await symlink(absolute, staged);
}

async function listNames(directory: string): Promise<readonly string[]> {
  return readdir(directory).catch(ifErrno(["ENOENT", "ENOTDIR", "EACCES"], []));
}
