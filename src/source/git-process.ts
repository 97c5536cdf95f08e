/**
 * Starts git: porcelain through simple-git, whose results are short texts, and plumbing as a plain child process,
 * whose input and output are bytes; and gpg in the same way. Must not interpret what they say.
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

/** git ended badly. `stderr` is as git wrote it and may hold anything: it is not fit for a log yet. */
export class GitFailure extends Error {
  override readonly name = "GitFailure";
  readonly stderr: string;
  readonly timedOut: boolean;
  /** Null when nobody looked. */
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
  /** Longest silence: git is stopped when it writes nothing for so long. */
  readonly timeoutMs: number;
  /** Text that makes a failure of a success when git writes it to standard error: it works around some damage. */
  readonly failWhenSaid?: string;
}

/**
 * Runs a git command and returns what it wrote to its standard output.
 * @throws GitFailure when it fails or stays silent; AgentError `repository-unreachable` when there is no git; the
 *   signal's reason when that is what stopped it
 */
export async function runPorcelain(args: readonly string[], options: PorcelainOptions): Promise<string> {
  const { environment, signal, timeoutMs, failWhenSaid } = options;
  signal.throwIfAborted();
  const git = simpleGit({
    baseDir: "/",
    abort: signal,
    timeout: { block: timeoutMs },
    // simple-git takes a process that a signal killed for a success, and standard output for part of the error.
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
    // Also when git was quicker to fail than the abort to arrive; simple-git's error names commands, so it ends here.
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
  /** May throw: that stops git and becomes the result. */
  readonly onOutput: (chunk: Buffer) => void;
}

/**
 * Runs a git command that only reads the local clone.
 * @throws GitFailure when it fails; AgentError `repository-unreachable` when there is no git; what `onOutput` threw;
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

/** What a git command that only reads the local clone writes, as text. Throws as `streamGit` does, and RangeError beyond the limit. */
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

/** `cause` is the operating system's error. */
export class ProgramNotStarted extends Error {
  override readonly name = "ProgramNotStarted";
}

const keptStderrBytes = 8192;

/**
 * Runs a program to its end, good or bad; `stderr` is the end of what it wrote there.
 * @throws ProgramNotStarted; what `onOutput` threw; the signal's reason
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
    // The program may end before it has read everything: its exit status tells why.
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
