/**
 * Runs systemd's and podman's own checkers as child processes: argument arrays, a clean environment, limits on time
 * and output. Must not interpret what they print.
 */
import { spawn } from "node:child_process";
import { AgentError } from "../../core/model/errors.ts";
import { errnoOf } from "../../lib/system-error.ts";

export interface CheckerOptions {
  /** Added to PATH and LC_ALL=C, which are all that a checker inherits. */
  readonly environment?: Readonly<Record<string, string>>;
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
}

export interface CheckerOutput {
  readonly stdout: string;
  readonly stderr: string;
}

/** Far above what thousands of faulty units print. */
const maxOutputBytes = 32 * 1024 * 1024;

/**
 * What the program printed, whatever its exit code; null when it is not installed.
 * @throws AgentError `systemd-unreachable` when it does not end in time or is killed, `repository-invalid` when it has
 *   more to complain about than can be read; the signal's reason
 */
export function runChecker(
  program: string,
  args: readonly string[],
  { environment = {}, timeoutMs, signal }: CheckerOptions,
): Promise<CheckerOutput | null> {
  signal.throwIfAborted();
  return new Promise((resolve, reject) => {
    const env = { PATH: process.env["PATH"] ?? "/usr/bin:/usr/sbin", LC_ALL: "C", ...environment };
    const child = spawn(program, args, { cwd: "/", env, stdio: ["ignore", "pipe", "pipe"] });
    const stdout = new Output();
    const stderr = new Output();
    let hasTimedOut = false;
    const onAbort = () => child.kill("SIGKILL");
    const timer = setTimeout(() => {
      hasTimedOut = true;
      child.kill("SIGKILL");
    }, timeoutMs);
    signal.addEventListener("abort", onAbort, { once: true });
    const end = () => {
      clearTimeout(timer);
      signal.removeEventListener("abort", onAbort);
    };
    const keep = (output: Output) => (chunk: Buffer) => {
      output.add(chunk);
      if (output.isTooLong) child.kill("SIGKILL");
    };
    child.stdout.on("data", keep(stdout));
    child.stderr.on("data", keep(stderr));
    child.once("error", (error) => {
      end();
      if (errnoOf(error) === "ENOENT") resolve(null);
      else reject(describeFailure(program, error.message, error));
    });
    child.once("close", (_exitCode, killedBy) => {
      end();
      if (signal.aborted) reject(signal.reason);
      else if (stdout.isTooLong || stderr.isTooLong) reject(describeFlood(program));
      else if (hasTimedOut) reject(describeFailure(program, `it did not end within ${timeoutMs / 1000} s`));
      else if (killedBy !== null) reject(describeFailure(program, `it was ended by ${killedBy}`));
      else resolve({ stdout: stdout.text(), stderr: stderr.text() });
    });
  });
}

class Output {
  readonly #chunks: Buffer[] = [];
  #length = 0;

  get isTooLong(): boolean {
    return this.#length > maxOutputBytes;
  }

  add(chunk: Buffer): void {
    this.#length += chunk.length;
    if (!this.isTooLong) this.#chunks.push(chunk);
  }

  text(): string {
    return Buffer.concat(this.#chunks).toString("utf8");
  }
}

function describeFailure(program: string, reason: string, cause?: unknown): AgentError {
  return new AgentError("systemd-unreachable", `the units could not be validated by ${program}: ${reason}`, {
    subject: program,
    hint: "nothing was changed; the agent tries again by itself. See whether the host is short of memory or time.",
    ...(cause === undefined ? {} : { cause }),
  });
}

function describeFlood(program: string): AgentError {
  return new AgentError(
    "repository-invalid",
    `${program} has more complaints about the units than can be read`,
    {
      subject: program,
      hint: "a drop-in that applies to many units repeats its mistakes for each: look there first",
    },
  );
}
