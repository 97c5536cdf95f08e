/**
 * Reads a directory on disk as if it were a commit, for a check before a push. Must not follow a symlink, leave the
 * directory, or ask git.
 */
import { constants } from "node:fs";
import { lstat, open, readdir, readlink } from "node:fs/promises";
import { AgentError } from "../core/model/errors.ts";
import type { Snapshot, SnapshotFile } from "../core/model/snapshot.ts";
import { digestBytes } from "../lib/digest.ts";
import { checkPath, decodePath, refuseSubmodule, SnapshotBudget } from "./snapshot-rules.ts";

interface Walk {
  readonly root: Buffer;
  readonly wanted: (path: string) => boolean;
  readonly budget: SnapshotBudget;
  readonly files: SnapshotFile[];
}

const slash = Buffer.from("/");
const dotGit = Buffer.from(".git");
const userMayExecute = 0o100;

/**
 * Reads the files below `directory` that `wanted` accepts, sorted as git sorts them. Skips `.git` and what git cannot commit
 * (sockets, devices, FIFOs). The revision has a commit of zeros only and the branch "work tree".
 * @throws AgentError `repository-invalid`: a limit or a name as for a commit, or something is unreadable
 */
export async function readWorkTree(
  directory: string,
  wanted: (path: string) => boolean = () => true,
): Promise<Snapshot> {
  const walk: Walk = { root: Buffer.from(directory), wanted, budget: new SnapshotBudget(), files: [] };
  try {
    await readDirectory(walk, Buffer.alloc(0));
  } catch (error) {
    if (error instanceof AgentError) throw error;
    const reason = error instanceof Error ? error.message : String(error);
    throw new AgentError("repository-invalid", `cannot read ${directory}: ${reason}`, {
      subject: directory,
      hint: "Check the path and its permissions.",
      cause: error,
    });
  }
  const revision = {
    branch: "work tree",
    commit: "0".repeat(40),
    subject: "uncommitted files",
    author: "",
    committedAt: new Date(0).toISOString(),
  };
  return { revision, files: new Map(walk.files.map((file) => [file.path, file])) };
}

/** @param at path relative to the root, as bytes, because a name may not be UTF-8 */
async function readDirectory(walk: Walk, at: Buffer): Promise<void> {
  const names = await readdir(inRoot(walk, at), { encoding: "buffer" });
  const isRoot = at.length === 0;
  if (!isRoot && names.some((name) => name.equals(dotGit))) {
    // git would commit this directory as a submodule.
    if (walk.wanted(decodePath(at))) throw refuseSubmodule(checkPath(at));
    return;
  }
  const entries = await Promise.all(
    names
      .filter((name) => !name.equals(dotGit))
      .map(async (name) => {
        const path = isRoot ? name : Buffer.concat([at, slash, name]);
        const stats = await lstat(inRoot(walk, path));
        // git sorts a directory as if its name ended in a slash.
        return { path, stats, key: stats.isDirectory() ? Buffer.concat([path, slash]) : path };
      }),
  );
  entries.sort((a, b) => Buffer.compare(a.key, b.key));
  for (const { path, stats } of entries) {
    if (stats.isDirectory()) await readDirectory(walk, path);
    else if ((stats.isFile() || stats.isSymbolicLink()) && walk.wanted(decodePath(path))) {
      walk.files.push(await readEntry(walk, path, stats.isSymbolicLink()));
    }
  }
}

async function readEntry(walk: Walk, pathBytes: Buffer, isLink: boolean): Promise<SnapshotFile> {
  const path = checkPath(pathBytes);
  const source = inRoot(walk, pathBytes);
  if (isLink) {
    const target = await readlink(source, { encoding: "buffer" });
    walk.budget.add(path, target.length);
    return makeFile(path, "symlink", target);
  }
  // The file may have been replaced since it was listed. The flags keep this from following a link or waiting on a FIFO.
  const file = await open(source, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  try {
    const { size, mode } = await file.stat();
    walk.budget.add(path, size);
    const { buffer, bytesRead } = await file.read(Buffer.alloc(size), 0, size, 0);
    return makeFile(
      path,
      (mode & userMayExecute) === 0 ? "file" : "executable",
      buffer.subarray(0, bytesRead),
    );
  } finally {
    await file.close();
  }
}

function makeFile(path: string, mode: SnapshotFile["mode"], content: Buffer): SnapshotFile {
  const bytes = new Uint8Array(content);
  return { path, mode, bytes, blob: digestBytes(bytes) };
}

function inRoot(walk: Walk, path: Buffer): Buffer {
  return path.length === 0 ? walk.root : Buffer.concat([walk.root, slash, path]);
}
