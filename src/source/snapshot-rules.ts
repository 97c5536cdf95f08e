/**
 * What a snapshot may hold, however it is read: limits and file names. Pure; must not know git or the file system.
 */
import { AgentError } from "../core/model/errors.ts";
import { escapeUnprintable } from "../lib/printable.ts";

/** Limits on the files that the agent reads of one commit; far above what a repository of units and secrets needs. */
export const snapshotLimits = {
  files: 20_000,
  fileBytes: 10 * 1024 * 1024,
  totalBytes: 256 * 1024 * 1024,
  pathBytes: 1024,
} as const;

const strictUtf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
const lenientUtf8 = new TextDecoder("utf-8", { ignoreBOM: true });

/** The path as text, for asking whether somebody wants it; bytes that are not UTF-8 become U+FFFD. */
export function decodePath(bytes: Uint8Array): string {
  return lenientUtf8.decode(bytes);
}

/** @throws AgentError `repository-invalid` for a path that could mislead a reader or leave its directory */
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

/** Printable ASCII as it is, every other byte and the backslash as \xNN; a few hundred characters at most. */
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

  /** @throws AgentError `repository-invalid` when this file is one too many or too large */
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

/** @returns the error for a submodule: its files are in another repository, which nobody verified */
export function refuseSubmodule(path: string): AgentError {
  return refuse("this is a submodule, which the agent does not follow", path, "Commit the files themselves.");
}

export function refuse(problem: string, path: string, hint: string): AgentError {
  const shown = escapeUnprintable(path);
  return new AgentError("repository-invalid", `${shown}: ${problem}`, { subject: shown, hint });
}

function inMebibytes(bytes: number): number {
  return bytes / (1024 * 1024);
}
