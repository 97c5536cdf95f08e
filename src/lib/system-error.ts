/**
 * Tells the operating system's errors apart, and says in words what they mean. Must not decide what follows from an error.
 */

/** The errno name of a failed system call, such as `ENOENT`; undefined for any other error. */
export function errnoOf(error: unknown): string | undefined {
  if (!(error instanceof Error) || !("code" in error)) return undefined;
  return typeof error.code === "string" ? error.code : undefined;
}

/** For `catch`: gives `value` instead of an error with one of these names, and throws every other one on. */
export function ifErrno<Value>(errnos: readonly string[], value: Value): (error: unknown) => Value {
  return (error) => {
    if (errnos.includes(errnoOf(error) ?? "")) return value;
    throw error;
  };
}

/** For `catch`: what is not there is `value`. */
export function ifAbsent<Value>(value: Value): (error: unknown) => Value {
  return ifErrno(["ENOENT"], value);
}

export interface SystemErrorText {
  /** What happened, to be read after "cannot write /path: ". */
  readonly what: string;
  /** What a person can do about it. */
  readonly hint: string;
}

/** The text for a failed system call on a path. For any other error it is the error's own message. */
export function explainSystemError(error: unknown): SystemErrorText {
  const errno = errnoOf(error);
  const known = errno === undefined ? undefined : texts[errno];
  if (known !== undefined) return known;
  const message = error instanceof Error ? error.message : String(error);
  return { what: message, hint: "see the message; nothing was left half written" };
}

/**
 * Message and details of the error that reports a failed system call: `cannot <verb> <subject>: <what>`.
 * @param subject a path, or what the path is of
 */
export function describeFailedCall(
  verb: string,
  subject: string,
  cause: unknown,
): [message: string, details: { readonly subject: string; readonly hint: string; readonly cause: unknown }] {
  const { what, hint } = explainSystemError(cause);
  return [`cannot ${verb} ${subject}: ${what}`, { subject, hint, cause }];
}

const texts: Readonly<Record<string, SystemErrorText>> = {
  ENOSPC: {
    what: "no space left on the file system",
    hint: "free some space (df -h and df -i show what is full), then sync again",
  },
  EDQUOT: {
    what: "the disk quota is used up",
    hint: "free some space or raise the quota, then sync again",
  },
  EROFS: {
    what: "the file system is read-only",
    hint: "remount it read-write, or add the directory to ReadWritePaths= of the agent's service",
  },
  EACCES: {
    what: "permission denied",
    hint: "use root (sudo), or give the user that needs it access",
  },
  EPERM: {
    what: "operation not permitted",
    hint: "run the agent as root; an immutable file (lsattr) or the service's sandbox also ends like this",
  },
  ENAMETOOLONG: { what: "the name is too long for the file system", hint: "use a shorter name" },
  ENOTDIR: {
    what: "a part of the path is not a directory",
    hint: "move what stands in the way, then sync again",
  },
  EISDIR: { what: "a directory stands at this path", hint: "move the directory away, then sync again" },
  ELOOP: {
    what: "the path goes through too many symlinks",
    hint: "look at the path with namei -l and repair the link",
  },
  EIO: { what: "the disk reports an error", hint: "look at the kernel log: journalctl -k -p err" },
  ENOENT: { what: "no such file or directory", hint: "check the path" },
};
