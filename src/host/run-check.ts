/** Runs a health check command: an argument array, no shell, with a time-out and little output kept. */
import { execFile } from "node:child_process";
import type { CheckPort } from "../core/ports/host.ts";

const maxOutputBytes = 64 * 1024;
const maxMessageLength = 200;

export const runCheck: CheckPort["runCheck"] = (argv, timeoutMs, signal) => {
  const [program = "", ...args] = argv;
  const options = {
    timeout: Math.ceil(timeoutMs),
    maxBuffer: maxOutputBytes,
    signal,
    killSignal: "SIGKILL" as const,
  };
  return new Promise((resolve) => {
    execFile(program, args, options, (error, stdout, stderr) => {
      if (error === null) return resolve(null);
      const output = (stderr.trim() || stdout.trim()).split("\n").at(-1) ?? "";
      const reason = error.killed ? `no answer within ${Math.round(timeoutMs / 1000)} s` : explainExit(error);
      resolve(`${program}: ${reason}${output === "" ? "" : `: ${output.slice(0, maxMessageLength)}`}`);
    });
  });
};

function explainExit(error: { readonly code?: string | number | null; readonly message: string }): string {
  if (typeof error.code === "number") return `exit status ${error.code}`;
  return error.code === "ENOENT" ? "no such program" : (error.code ?? "it was killed");
}
