/** Runs a health check command: an argument array, no shell, with a time-out and little output kept. */
import type { CheckPort } from "../core/ports/host.ts";

import { type ProgramEnd, ProgramNotStarted, ProgramTimedOut, streamProgram } from "../lib/program.ts";
import { errnoOf } from "../lib/system-error.ts";

const keptLength = 4096;
const maxMessageLength = 200;

export const runCheck: CheckPort["runCheck"] = async (argv, timeoutMs, signal) => {
  const [program = "", ...args] = argv;
  let stdout = "";
  let stderr = "";
  const keepEnd = (kept: string, chunk: Buffer) => (kept + chunk.toString("utf8")).slice(-keptLength);
  const options = {
    timeoutMs: Math.ceil(timeoutMs),
    signal,
    onOutput: (chunk: Buffer) => {
      stdout = keepEnd(stdout, chunk);
    },
    onErrorOutput: (chunk: Buffer) => {
      stderr = keepEnd(stderr, chunk);
    },
  };
  let reason: string | null;
  try {
    reason = explainExit(await streamProgram(program, args, options));
  } catch (error) {
    signal.throwIfAborted();
    reason = explainFailure(error, timeoutMs);
  }
  if (reason === null) return null;
  const output = (stderr.trim() || stdout.trim()).split("\n").at(-1) ?? "";
  return `${program}: ${reason}${output === "" ? "" : `: ${output.slice(0, maxMessageLength)}`}`;
};

function explainExit({ exitCode, signalName }: ProgramEnd): string | null {
  if (exitCode === 0) return null;
  return exitCode === null ? `it was ended by ${signalName}` : `exit status ${exitCode}`;
}

function explainFailure(error: unknown, timeoutMs: number): string {
  if (error instanceof ProgramTimedOut) return `no answer within ${Math.round(timeoutMs / 1000)} s`;
  if (!(error instanceof ProgramNotStarted)) throw error;
  const errno = errnoOf(error.cause) ?? "it cannot be started";
  return errno === "ENOENT" ? "no such program" : errno;
}
