/** Reads a directory of this project as the repository that a test pushes: files, modes and links as they are. */
import { readdirSync, readFileSync, readlinkSync, statSync } from "node:fs";
import { join } from "node:path";
import type { FixtureEntry } from "./git-fixture.ts";

/** Path in the repository → what is there. */
export function readTree(directory: string): Readonly<Record<string, NonNullable<FixtureEntry>>> {
  const entries = readdirSync(directory, { recursive: true, withFileTypes: true });
  return Object.fromEntries(
    entries
      .filter((entry) => !entry.isDirectory())
      .map((entry) => {
        const path = join(entry.parentPath, entry.name);
        return [path.slice(directory.length + 1), readEntry(path, entry.isSymbolicLink())] as const;
      }),
  );
}

/** The text of a plain file of the tree. */
export function textOf(tree: ReturnType<typeof readTree>, path: string): string {
  const entry = tree[path];
  if (typeof entry !== "string") throw new Error(`${path} is no plain file`);
  return entry;
}

function readEntry(path: string, isLink: boolean): NonNullable<FixtureEntry> {
  if (isLink) return { symlink: readlinkSync(path) };
  const content = readFileSync(path, "utf8");
  return (statSync(path).mode & 0o111) === 0 ? content : { mode: "executable", content };
}
