/** Runs the programs of OpenSSH, with arguments and never a shell. Must not interpret what they print. */
import { AgentError } from "../core/model/errors.ts";
import { type ProgramEnd, ProgramNotStarted, ProgramTimedOut, readProgram } from "../lib/program.ts";

const timeoutMs = 60_000;
const limitBytes = 256 * 1024;

/** @throws AgentError `config-invalid` when it is not installed or does not end */
export async function runSshProgram(
  program: "ssh-keygen" | "ssh-keyscan",
  args: readonly string[],
): Promise<ProgramEnd & { readonly stdout: string }> {
  try {
    return await readProgram(program, args, { timeoutMs, limitBytes });
  } catch (cause) {
    if (cause instanceof ProgramNotStarted) {
      const hint = "install OpenSSH's client (Debian: apt install openssh-client)";
      throw new AgentError("config-invalid", `${program} is not installed`, {
        subject: program,
        hint,
        cause,
      });
    }
    if (!(cause instanceof ProgramTimedOut)) throw cause;
    throw new AgentError("config-invalid", `${program} did not end within ${timeoutMs / 1000} s`, {
      subject: program,
      cause,
    });
  }
}
