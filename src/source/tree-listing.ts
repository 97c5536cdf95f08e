/**
 * Reads the output of `git ls-tree -r -z -l --full-tree` and decides which blobs to load. Pure; must not trust names, modes
 * and sizes in it.
 */
import type { SnapshotFile } from "../core/model/snapshot.ts";
import {
  checkPath,
  decodePath,
  escapePath,
  refuse,
  refuseSubmodule,
  SnapshotBudget,
} from "./snapshot-rules.ts";

export interface TreeEntry {
  /** The line of the listing, one character for each byte. */
  readonly line: string;
  readonly path: string;
  readonly mode: SnapshotFile["mode"];
  /** Object id of the blob. */
  readonly blob: string;
  /** Size in bytes; null when git cannot read the object. */
  readonly size: number | null;
  /** The file itself, if it is still in memory. */
  readonly known: SnapshotFile | null;
}

const entryModes: ReadonlyMap<string, SnapshotFile["mode"]> = new Map([
  ["100644", "file"],
  // Written by very old versions of git; means 100644.
  ["100664", "file"],
  ["100755", "executable"],
  ["120000", "symlink"],
]);

/**
 * Lists the entries that `wanted` accepts, in git's order (bytewise by path).
 * @param recall the file that an equal line stood for before; it is not checked again
 * @throws AgentError `repository-invalid`: a limit, a submodule, a hostile name
 */
export function parseTreeListing(
  listing: Buffer,
  wanted: (path: string) => boolean,
  recall: (line: string) => SnapshotFile | undefined = () => undefined,
): TreeEntry[] {
  const entries: TreeEntry[] = [];
  const seen = new Set<string>();
  const budget = new SnapshotBudget();
  for (const line of listing.toString("latin1").split("\0")) {
    if (line === "") continue;
    const entry = recallEntry(line, recall) ?? parseLine(line, wanted);
    if (entry === null || !wanted(entry.path)) continue;
    if (seen.has(entry.path)) {
      throw refuse("the commit has this path twice", entry.path, "Find out who made this commit.");
    }
    seen.add(entry.path);
    budget.add(entry.path, entry.size ?? 0);
    entries.push(entry);
  }
  return entries;
}

function recallEntry(line: string, recall: (line: string) => SnapshotFile | undefined): TreeEntry | null {
  const file = recall(line);
  if (file === undefined) return null;
  const { path, mode, blob, bytes } = file;
  return { line, path, mode, blob, size: bytes.length, known: file };
}

/** Null when nobody wants the path; then nothing of the line is checked. */
function parseLine(line: string, wanted: (path: string) => boolean): TreeEntry | null {
  const tab = line.indexOf("\t");
  const pathBytes = Buffer.from(line.slice(tab + 1), "latin1");
  if (!wanted(decodePath(pathBytes))) return null;
  const [modeText = "", type = "", blob = "", size = ""] = line.slice(0, tab).split(/ +/);
  const path = checkPath(pathBytes);
  if (type === "commit") throw refuseSubmodule(path);
  const mode = entryModes.get(modeText);
  if (mode === undefined) {
    throw refuse(
      `unknown kind of file (mode ${modeText})`,
      escapePath(pathBytes),
      "Commit it as an ordinary file.",
    );
  }
  return { line, path, mode, blob, size: /^\d+$/.test(size) ? Number(size) : null, known: null };
}
