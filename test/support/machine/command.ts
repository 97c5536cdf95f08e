/**
 * Runs one program to its end and collects what it printed. Knows nothing of machines; never goes through a shell and
 * never throws because of an exit code.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { listChildren } from "./processes.ts";

export interface CommandResult {
  readonly stdout: string;
  readonly stderr: string;
  readonly exitCode: number;
}

export interface CommandOptions {
  /** Written to the program and closed. Without it the program reads /dev/null. */
  readonly stdin?: string | Uint8Array;
  /** Replaces the environment. Without it the program inherits ours. */
  readonly env?: Readonly<Record<string, string>>;
  readonly timeoutMs?: number;
}

/** A program that exited with another code than 0, was killed, or did not end in time. */
export class CommandError extends Error {
  override readonly name = "CommandError";
}

const DEFAULT_TIMEOUT_MS = 120_000;
const KILL_GRACE_MS = 1000;

/**
 * Resolves with output and exit code; a program that died of a signal counts as exit code 128, as systemd-run has it.
 *
 * @throws CommandError when the program does not end within `timeoutMs` (default 120 s); it is killed with all its children
 * @throws the spawn error (ENOENT, …) when it cannot be started
 */
export async function runCommand(
  argv: readonly string[],
  options: CommandOptions = {},
): Promise<CommandResult> {
  const [program, ...args] = argv;
  if (program === undefined) throw new TypeError("runCommand needs a program");
  const timeoutMs = options.timeoutMs ?? DEFAULT_TIMEOUT_MS;
  return await new Promise<CommandResult>((resolve, reject) => {
    const child = spawn(program, args, {
      stdio: [options.stdin === undefined ? "ignore" : "pipe", "pipe", "pipe"],
      env: options.env ?? process.env,
      // A process group of its own: nsenter and podman fork, and a timeout must end the whole tree.
      detached: true,
    });
    const stdout: Buffer[] = [];
    const stderr: Buffer[] = [];
    let isTimedOut = false;
    const timer = setTimeout(() => {
      isTimedOut = true;
      endTree(child);
    }, timeoutMs);
    child.stdout?.on("data", (chunk: Buffer) => stdout.push(chunk));
    child.stderr?.on("data", (chunk: Buffer) => stderr.push(chunk));
    // A program that ends without reading all of its input is its own affair: the exit code tells.
    child.stdin?.on("error", () => undefined);
    child.stdin?.end(options.stdin);
    child.once("error", (error) => {
      clearTimeout(timer);
      reject(error);
    });
    child.once("close", (code) => {
      clearTimeout(timer);
      const result = { stdout: textOf(stdout), stderr: textOf(stderr), exitCode: code ?? 128 };
      if (isTimedOut) reject(new CommandError(describeFailure(argv, `no end after ${timeoutMs} ms`, result)));
      else resolve(result);
    });
  });
}

/**
 * The trimmed standard output of a program that must succeed.
 *
 * @throws CommandError with the arguments, the exit code and everything the program printed
 */
export async function checkCommand(argv: readonly string[], options: CommandOptions = {}): Promise<string> {
  const result = await runCommand(argv, options);
  if (result.exitCode !== 0) {
    throw new CommandError(describeFailure(argv, `exit code ${result.exitCode}`, result));
  }
  return result.stdout.trimEnd();
}

/** A failure as a person wants to read it: what was run, how it ended, and both outputs. */
export function describeFailure(argv: readonly string[], cause: string, result: CommandResult): string {
  const lines = [`${argv.map(quoteArgument).join(" ")}: ${cause}`];
  if (result.stderr.trim() !== "") lines.push(`stderr: ${result.stderr.trim()}`);
  if (result.stdout.trim() !== "") lines.push(`stdout: ${result.stdout.trim()}`);
  return lines.join("\n");
}

function quoteArgument(argument: string): string {
  return /^[\w@%+=:,./-]+$/u.test(argument) ? argument : `'${argument.replaceAll("'", "'\\''")}'`;
}

function textOf(chunks: readonly Buffer[]): string {
  return Buffer.concat(chunks).toString("utf8");
}

/**
 * The children first: nsenter then reaps what it started in a machine. Left to this host's PID 1, which may be slow to do
 * so, a zombie in the machine would hold up its shutdown.
 */
function endTree(child: ChildProcess): void {
  const pid = child.pid;
  if (pid === undefined) return;
  const fallback = setTimeout(() => sendKill(-pid), KILL_GRACE_MS);
  child.once("exit", () => {
    clearTimeout(fallback);
    sendKill(-pid);
  });
  const children = listChildren(pid);
  for (const target of children.length > 0 ? children : [-pid]) sendKill(target);
}

function sendKill(target: number): void {
  try {
    process.kill(target, "SIGKILL");
  } catch {
    // It ended in the same instant.
  }
}
