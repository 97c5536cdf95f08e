/** Runs systemd's and podman's own checkers, in a clean environment. Must not interpret what they print. */
import { AgentError } from "../../core/model/errors.ts";
import {
  KeptOutput,
  OutputTooLong,
  ProgramNotStarted,
  ProgramTimedOut,
  streamProgram,
} from "../../lib/program.ts";
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
  readonly exitCode: number | null;
}

/** Far above what thousands of faulty units print. */
const maxOutputBytes = 32 * 1024 * 1024;

/**
 * What the program printed, whatever its exit code; null when it is not installed.
 * @throws AgentError `systemd-unreachable` when it does not end in time or is killed, `repository-invalid` when it
 *   prints more than 32 MiB; the signal's reason
 */
export async function runChecker(
  program: string,
  args: readonly string[],
  { environment, timeoutMs, signal }: CheckerOptions,
): Promise<CheckerOutput | null> {
  const stdout = new KeptOutput(maxOutputBytes);
  const stderr = new KeptOutput(maxOutputBytes);
  const inherited = { PATH: process.env["PATH"] ?? "/usr/bin:/usr/sbin", LC_ALL: "C" };
  try {
    const { signalName, exitCode } = await streamProgram(program, args, {
      environment: { ...inherited, ...environment },
      timeoutMs,
      signal,
      onOutput: stdout.add,
      onErrorOutput: stderr.add,
    });
    if (signalName !== null) throw describeFailure(program, `it was ended by ${signalName}`);
    return { stdout: stdout.text(), stderr: stderr.text(), exitCode };
  } catch (error) {
    if (error instanceof OutputTooLong) throw describeFlood(program);
    if (error instanceof ProgramTimedOut)
      throw describeFailure(program, `it did not end within ${timeoutMs / 1000} s`);
    if (!(error instanceof ProgramNotStarted)) throw error;
    if (errnoOf(error.cause) === "ENOENT") return null;
    throw describeFailure(program, error.message, error.cause);
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
