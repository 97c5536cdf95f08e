/** The one way in which this room says that it could not change a file. Must not decide what follows. */
import { AgentError } from "../core/model/errors.ts";
import { explainSystemError } from "../lib/system-error.ts";

/** `verb` completes "cannot … <path>". An AgentError is passed on as it is. */
export function hostWriteError(verb: string, filePath: string, cause: unknown): AgentError {
  if (cause instanceof AgentError) return cause;
  const { what, hint } = explainSystemError(cause);
  return new AgentError("host-write-failed", `cannot ${verb} ${filePath}: ${what}`, {
    subject: filePath,
    hint,
    cause,
  });
}
