/**
 * Starts git and gpg. Porcelain commands of git, whose results are short texts, run by simple-git. Plumbing commands, whose
 * input and output are bytes, and gpg run as plain child processes. Must not interpret what they write.
 */
import { spawn } from "node:child_process";
import { GitPluginError, simpleGit } from "simple-git";
import { AgentError } from "../core/model/errors.ts";
import { errnoOf } from "../lib/system-error.ts";

/** How a program ended: its exit status, or the signal that killed it. */
export interface ProgramEnd {
  readonly exitCode: number | null;
  readonly signalName: string | null;
}

/** git failed. `stderr` is as git wrote it and may contain anything, also secrets: it must not be logged as it is. */
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

export interface StreamOptions {
  readonly environment: Readonly<Record<string, string>>;
  readonly signal: AbortSignal;
  readonly input?: string | Uint8Array;
  /** May throw: then the program is stopped and the error is passed on. */
  readonly onOutput: (chunk: Buffer) => void;
}

/**
 * Runs a git command that only reads the local clone.
 * @throws GitFailure when it fails; AgentError `repository-unreachable` when git cannot be started; what `onOutput` throws;
 *   the signal's reason
 */
export async function streamGit(args: readonly string[], options: StreamOptions): Promise<void> {
  let ended: ProgramEnd & { readonly stderr: string };
  try {
    ended = await streamProgram("git", args, options);
  } catch (error) {
    throw error instanceof ProgramNotStarted ? reportNoGit(error.cause) : error;
  }
  if (ended.exitCode !== 0) throw new GitFailure(ended.stderr, false, ended);
}

/**
 * Runs a git command that only reads the local clone, and gives its standard output as text.
 * @throws as `streamGit` does; RangeError for more than `limitBytes`
 */
export async function readGit(
  args: readonly string[],
  options: Omit<StreamOptions, "onOutput"> & { readonly limitBytes: number },
): Promise<string> {
  const chunks: Buffer[] = [];
  let length = 0;
  const onOutput = (chunk: Buffer): void => {
    length += chunk.length;
    if (length > options.limitBytes) throw new RangeError(`git wrote more than ${options.limitBytes} bytes`);
    chunks.push(chunk);
  };
  await streamGit(args, { ...options, onOutput });
  return Buffer.concat(chunks).toString("utf8");
}

/** The error for a program that cannot be started; `cause` is the operating system's error. */
export class ProgramNotStarted extends Error {
  override readonly name = "ProgramNotStarted";
}

const keptStderrBytes = 8192;

/**
 * Runs a program to its end. A bad exit status is not thrown.
 * @returns how it ended, and the last 8 KiB of its standard error
 * @throws ProgramNotStarted; what `onOutput` throws; the signal's reason
 */
export function streamProgram(
  program: string,
  args: readonly string[],
  options: StreamOptions,
): Promise<ProgramEnd & { readonly stderr: string }> {
  const { environment, signal, onOutput } = options;
  signal.throwIfAborted();
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { cwd: "/", env: environment, stdio: "pipe" });
    let stderr = "";
    let failure: { readonly error: unknown } | null = null;
    const stop = (error: unknown): void => {
      failure ??= { error };
      child.kill("SIGKILL");
    };
    const onAbort = (): void => stop(signal.reason);
    signal.addEventListener("abort", onAbort, { once: true });
    child.stdout.on("data", (chunk: Buffer) => {
      if (failure !== null) return;
      try {
        onOutput(chunk);
      } catch (error) {
        stop(error);
      }
    });
    child.stderr.on("data", (chunk: Buffer) => {
      stderr = (stderr + chunk.toString("utf8")).slice(-keptStderrBytes);
    });
    // The program may end before it has read all input: then its exit status says why.
    child.stdin.on("error", () => {});
    child.stdin.end(options.input ?? "");
    child.on("error", (cause) => stop(new ProgramNotStarted(`${program} cannot be started`, { cause })));
    child.on("close", (exitCode, signalName) => {
      signal.removeEventListener("abort", onAbort);
      if (failure !== null) reject(failure.error);
      else resolve({ exitCode, signalName, stderr });
    });
  });
}
