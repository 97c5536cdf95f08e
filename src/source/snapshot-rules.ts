/**
 * The rules for what a snapshot may have: limits and file names. They hold for commits and directories alike. Pure; must
 * not know git or the file system.
 */
import { AgentError } from "../core/model/errors.ts";
import { escapeUnprintable } from "../lib/printable.ts";

/** Limits for the files that the agent reads of one commit. A repository of units and secrets needs much less. */
export const snapshotLimits = {
  files: 20_000,
  fileBytes: 10 * 1024 * 1024,
  totalBytes: 256 * 1024 * 1024,
  pathBytes: 1024,
} as const;

const strictUtf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
const lenientUtf8 = new TextDecoder("utf-8", { ignoreBOM: true });

/** The path as text, to decide whether the file is read. Bytes that are not UTF-8 become U+FFFD. */
export function decodePath(bytes: Uint8Array): string {
  return lenientUtf8.decode(bytes);
}

/**
 * Decodes and checks a path.
 * @throws AgentError `repository-invalid` for a path that could mislead a reader or leave its directory
 */
export function checkPath(bytes: Uint8Array): string {
  const shown = escapePath(bytes);
  if (bytes.length > snapshotLimits.pathBytes) {
    throw refuse(`the path is longer than ${snapshotLimits.pathBytes} bytes`, shown, "Shorten the path.");
  }
  let path: string;
  try {
    path = strictUtf8.decode(bytes);
  } catch {
    throw refuse("the file name is not UTF-8", shown, "Rename the file.");
  }
  if (/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u.test(path)) {
    throw refuse("the file name contains a control character or an invisible one", shown, "Rename the file.");
  }
  if (path.split("/").some((part) => part === "" || part === "." || part === ".." || part === ".git")) {
    throw refuse(
      "the path contains a part that no honest commit has",
      shown,
      "Find out who made this commit.",
    );
  }
  return path;
}

/** The path for messages: printable ASCII as it is, every other byte and the backslash as \xNN; only the first 200 bytes. */
export function escapePath(bytes: Uint8Array): string {
  const shown = Array.from(bytes.subarray(0, 200), (byte) =>
    byte < 0x20 || byte > 0x7e || byte === 0x5c
      ? `\\x${byte.toString(16).padStart(2, "0")}`
      : String.fromCharCode(byte),
  ).join("");
  return bytes.length > 200 ? `${shown}…` : shown;
}

/** Counts files and bytes while a snapshot is listed. */
export class SnapshotBudget {
  #files = 0;
  #bytes = 0;

  /**
   * Counts one more file.
   * @param size bytes
   * @throws AgentError `repository-invalid` when a limit is exceeded with this file
   */
  add(path: string, size: number): void {
    this.#files += 1;
    this.#bytes += size;
    const hint = "Keep only units, files and secrets in the directories that the agent reads.";
    if (size > snapshotLimits.fileBytes) {
      throw refuse(`the file is larger than ${inMebibytes(snapshotLimits.fileBytes)} MiB`, path, hint);
    }
    if (this.#files > snapshotLimits.files) {
      throw refuse(`the repository has more than ${snapshotLimits.files} files for the agent`, path, hint);
    }
    if (this.#bytes > snapshotLimits.totalBytes) {
      throw refuse(
        `the files are larger than ${inMebibytes(snapshotLimits.totalBytes)} MiB in all`,
        path,
        hint,
      );
    }
  }
}

/** Makes the error for a submodule: its files are in another repository, which is not verified. */
export function refuseSubmodule(path: string): AgentError {
  return refuse("this is a submodule, which the agent does not follow", path, "Commit the files themselves.");
}

/** Makes the AgentError `repository-invalid` for a path. */
export function refuse(problem: string, path: string, hint: string): AgentError {
  const shown = escapeUnprintable(path);
  return new AgentError("repository-invalid", `${shown}: ${problem}`, { subject: shown, hint });
}

function inMebibytes(bytes: number): number {
  return bytes / (1024 * 1024);
}
