/**
 * Starts git: porcelain through simple-git, whose results are short texts, and plumbing as a plain child process,
 * whose input and output are bytes. Must not interpret what git says.
 */
import { spawn } from "node:child_process";
import { GitPluginError, simpleGit } from "simple-git";
import { AgentError } from "../core/errors.ts";

/** git ended badly. `stderr` is as git wrote it and may hold anything: it is not fit for a log yet. */
export class GitFailure extends Error {
  override readonly name = "GitFailure";
  readonly stderr: string;
  readonly timedOut: boolean;

  constructor(stderr: string, timedOut = false) {
    super(timedOut ? "git gave no sign of life" : "git failed");
    this.stderr = stderr;
    this.timedOut = timedOut;
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
  return new AgentError("repository-unreachable", "git cannot be started", {
    subject: "git",
    hint: "Install the package git.",
    cause,
  });
}

export interface StreamOptions {
  readonly environment: Readonly<Record<string, string>>;
  readonly signal: AbortSignal;
  readonly input?: string;
  /** May throw: that stops git and becomes the result. */
  readonly onOutput: (chunk: Buffer) => void;
}

const keptStderrBytes = 8192;

/**
 * Runs a git command that only reads the local clone.
 * @throws GitFailure when it fails; AgentError `repository-unreachable` when there is no git; what `onOutput` threw;
 *   the signal's reason
 */
export function streamGit(args: readonly string[], options: StreamOptions): Promise<void> {
  const { environment, signal, onOutput } = options;
  signal.throwIfAborted();
  return new Promise((resolve, reject) => {
    const child = spawn("git", args, { cwd: "/", env: environment, stdio: "pipe" });
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
    // git may end before it has read everything: its exit status tells why.
    child.stdin.on("error", () => {});
    child.stdin.end(options.input ?? "");
    child.on("error", (error) => stop(reportNoGit(error)));
    child.on("close", (exitCode) => {
      signal.removeEventListener("abort", onAbort);
      if (failure !== null) reject(failure.error);
      else if (exitCode !== 0) reject(new GitFailure(stderr));
      else resolve();
    });
  });
}
