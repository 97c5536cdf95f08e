/**
 * Whether this process may write where an apply is about to write. Must not change anything. It cannot tell what
 * another process may do: the daemon's unit makes places read-only to which a command run by root can write.
 */
import { access, constants } from "node:fs/promises";
import path from "node:path";
import { AgentError, type Diagnostic } from "../core/model/errors.ts";
import type { FileChange } from "../core/ports/host.ts";
import { errnoOf, explainSystemError } from "../lib/system-error.ts";
import { walkParents } from "./parents.ts";
import { hostWriteError } from "./write-error.ts";

interface Obstacle {
  /** The existing directory that cannot be written. */
  readonly directory: string;
  readonly error: unknown;
}

/** As `resolvePlaces` of HostFilesPort. */
export async function refuseUnwritable(changes: readonly FileChange[]): Promise<void> {
  const known = new Map<string, Obstacle | null>();
  const problems: Diagnostic[] = [];
  const obstacles = new Map<string, unknown>();
  for (const change of changes) {
    const key = `${change.kind} ${path.dirname(change.path)}`;
    if (!known.has(key)) known.set(key, await findObstacle(change));
    const obstacle = known.get(key) ?? null;
    if (obstacle === null) continue;
    obstacles.set(obstacle.directory, obstacle.error);
    problems.push(describeProblem(change, obstacle));
  }
  if (problems.length > 0) throw unwritableError(problems, obstacles);
}

/** access(2) with W_OK also answers EROFS, for a read-only mount as systemd makes it for ReadOnlyPaths= and ProtectHome=. */
async function findObstacle({ kind, path: filePath }: FileChange): Promise<Obstacle | null> {
  const { isComplete, directory } = await findDirectory(filePath);
  // The directory is gone, so the file in it is gone, too.
  if (!isComplete && kind === "delete") return null;
  try {
    await access(directory, constants.W_OK);
    return null;
  } catch (error) {
    return { directory, error };
  }
}

async function findDirectory(filePath: string) {
  try {
    return await walkParents(filePath, "stop");
  } catch (error) {
    throw hostWriteError("write", filePath, error);
  }
}

function describeProblem(
  { kind, path: filePath, origin }: FileChange,
  { directory, error }: Obstacle,
): Diagnostic {
  const what = isReadOnly(error)
    ? `${directory} is read-only for the agent, by its unit's sandbox or by how the file system is mounted`
    : `${directory}: ${explainSystemError(error).what}`;
  return {
    severity: "error",
    code: "not-writable",
    file: origin,
    message: `cannot ${kind} ${filePath}: ${what}`,
  };
}

function unwritableError(
  problems: readonly Diagnostic[],
  obstacles: ReadonlyMap<string, unknown>,
): AgentError {
  const [first] = problems;
  const others = problems.length === 1 ? "" : ` (and ${problems.length - 1} more)`;
  const [other] = [...obstacles.values()].filter((error) => !isReadOnly(error));
  const hint =
    other === undefined ? explainSandbox([...obstacles.keys()].sort()) : explainSystemError(other).hint;
  return new AgentError("not-writable", `${first?.message ?? "a file cannot be written"}${others}`, {
    ...(first === undefined ? {} : { subject: first.file }),
    hint: `nothing was changed; ${hint}`,
    diagnostics: problems,
  });
}

/** Measured on systemd 252 and 257: of several settings for the same path, the one that makes it read-only wins. */
function explainSandbox(directories: readonly string[]): string {
  return (
    `take the file out of the repository, or allow it: systemctl edit gitops-agent, with ReadWritePaths=${directories.join(" ")} ` +
    "below [Service], and systemctl restart gitops-agent (what ReadOnlyPaths= or ProtectHome= of the unit names itself, " +
    "as /boot or /home, needs that key set anew)"
  );
}

function isReadOnly(error: unknown): boolean {
  return errnoOf(error) === "EROFS";
}
