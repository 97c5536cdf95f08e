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
  readonly path: string;
  readonly mode: SnapshotFile["mode"];
  /** Object id of the blob. */
  readonly blob: string;
  /** Size in bytes; null when git cannot read the object. */
  readonly size: number | null;
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
 * @throws AgentError `repository-invalid`: a limit, a submodule, a hostile name
 */
export function parseTreeListing(listing: Uint8Array, wanted: (path: string) => boolean): TreeEntry[] {
  const entries: TreeEntry[] = [];
  const seen = new Set<string>();
  const budget = new SnapshotBudget();
  for (const record of splitRecords(listing)) {
    const tab = record.indexOf(9);
    const pathBytes = record.subarray(tab + 1);
    if (!wanted(decodePath(pathBytes))) continue;
    const entry = parseEntry(decodePath(record.subarray(0, tab)), pathBytes);
    if (seen.has(entry.path)) {
      throw refuse("the commit has this path twice", entry.path, "Find out who made this commit.");
    }
    seen.add(entry.path);
    budget.add(entry.path, entry.size ?? 0);
    entries.push(entry);
  }
  return entries;
}

function parseEntry(header: string, pathBytes: Uint8Array): TreeEntry {
  const [modeText = "", type = "", blob = "", size = ""] = header.split(/ +/);
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
  return { path, mode, blob, size: /^\d+$/.test(size) ? Number(size) : null };
}

function* splitRecords(listing: Uint8Array): Generator<Uint8Array> {
  let start = 0;
  for (let end = listing.indexOf(0); end !== -1; end = listing.indexOf(0, start)) {
    yield listing.subarray(start, end);
    start = end + 1;
  }
}
