/**
 * Starts git: porcelain through simple-git, whose results are short texts, and plumbing as a plain child process,
 * whose input and output are bytes. Must not interpret what they say.
 */
import { GitPluginError, simpleGit } from "simple-git";
import { AgentError } from "../core/model/errors.ts";
import {
  KeptOutput,
  type ProgramEnd,
  ProgramNotStarted,
  type StreamOptions,
  streamProgram,
} from "../lib/program.ts";
import { errnoOf } from "../lib/system-error.ts";

/** git ended badly. `stderr` is as git wrote it and may hold anything: it is not fit for a log yet. */
export class GitFailure extends Error {
  override readonly name = "GitFailure";
  readonly stderr: string;
  readonly timedOut: boolean;
  /** Null when it is not known, as with simple-git. */
  readonly end: ProgramEnd | null;

  constructor(stderr: string, timedOut = false, end: ProgramEnd | null = null) {
    super(timedOut ? "git gave no sign of life" : "git failed");
    this.stderr = stderr;
    this.timedOut = timedOut;
    this.end = end;
  }
}

export interface PorcelainOptions {
  readonly environment: Readonly<Record<string, string>>;
  readonly signal: AbortSignal;
  /** git is stopped when it writes nothing for this time, milliseconds. */
  readonly timeoutMs: number;
  /** A success counts as a failure when git writes this text to standard error: it tells of damage that git works around. */
  readonly failWhenSaid?: string;
}

/**
 * Runs a git command.
 * @returns its standard output
 * @throws GitFailure when it fails or writes nothing for too long; AgentError `repository-unreachable` when git cannot be
 *   started; the signal's reason when it aborts
 */
export async function runPorcelain(args: readonly string[], options: PorcelainOptions): Promise<string> {
  const { environment, signal, timeoutMs, failWhenSaid } = options;
  signal.throwIfAborted();
  const git = simpleGit({
    baseDir: "/",
    abort: signal,
    timeout: { block: timeoutMs },
    // simple-git treats a process that a signal killed as a success, and standard output as a part of the error.
    errors: (error, result) => {
      const stderr = Buffer.concat(result.stdErr);
      const isGood = result.exitCode === 0 && (failWhenSaid === undefined || !stderr.includes(failWhenSaid));
      return error instanceof Error || isGood ? error : stderr;
    },
    allowEnvironment: Object.keys(environment),
    unsafe: { allowUnsafeConfigPaths: true },
  });
  try {
    return await git.env(environment).raw([...args]);
  } catch (error) {
    // Throws the abort's reason also when git failed just before. simple-git's own error has the command line and is not
    // passed on.
    signal.throwIfAborted();
    if (error instanceof GitPluginError && error.plugin === "timeout") throw new GitFailure("", true);
    const said = error instanceof Error ? error.message : String(error);
    throw said.includes("spawn git ENOENT") ? reportNoGit(error) : new GitFailure(said);
  }
}

function reportNoGit(cause: unknown): AgentError {
  const isMissing = !(cause instanceof Error) || errnoOf(cause) === undefined || errnoOf(cause) === "ENOENT";
  return new AgentError("repository-unreachable", "git cannot be started", {
    subject: "git",
    hint: isMissing ? "Install the package git." : "Check the limits and the memory of this host.",
    cause,
  });
}

export interface GitStreamOptions extends StreamOptions {
  readonly environment: Readonly<Record<string, string>>;
  readonly signal: AbortSignal;
}

/**
 * Runs a git command that only reads the local clone.
 * @throws GitFailure when it fails; AgentError `repository-unreachable` when git cannot be started; what `onOutput` throws;
 *   the signal's reason
 */
export async function streamGit(args: readonly string[], options: GitStreamOptions): Promise<void> {
  let ended: ProgramEnd;
  try {
    ended = await streamProgram("git", args, options);
  } catch (error) {
    throw error instanceof ProgramNotStarted ? reportNoGit(error.cause) : error;
  }
  if (ended.exitCode !== 0) throw new GitFailure(ended.stderr, false, ended);
}

/** What a git command that only reads the local clone writes, as text. Throws as `streamGit` does, and OutputTooLong beyond the limit. */
export async function readGit(
  args: readonly string[],
  options: Omit<GitStreamOptions, "onOutput"> & { readonly limitBytes: number },
): Promise<string> {
  const { limitBytes, ...others } = options;
  const output = new KeptOutput(limitBytes);
  await streamGit(args, { ...others, onOutput: output.add });
  return output.text();
}
