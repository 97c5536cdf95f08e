/** The error for a file that could not be changed, the same in this whole room. Must not decide what follows. */
import { AgentError } from "../core/model/errors.ts";
import { describeFailedCall } from "../lib/system-error.ts";

/** `verb` completes "cannot … <path>". An AgentError is passed on as it is. */
export function hostWriteError(verb: string, filePath: string, cause: unknown): AgentError {
  if (cause instanceof AgentError) return cause;
  return new AgentError("host-write-failed", ...describeFailedCall(verb, filePath, cause));
}
