/** Reads the repositories below test/fixtures/layouts: files, modes and links as they are. Changes nothing there. */
import { readdirSync, readFileSync, readlinkSync, statSync } from "node:fs";
import { join } from "node:path";
import type { FixtureEntry } from "../git/git-fixture.ts";

const layoutsDirectory = new URL("../../fixtures/layouts/", import.meta.url).pathname;

/** The directory of a fixture on this machine. */
export function locateLayout(name: string): string {
  return join(layoutsDirectory, name);
}

/** Path in the repository → what is there. */
export function readLayout(name: string): Readonly<Record<string, NonNullable<FixtureEntry>>> {
  const top = locateLayout(name);
  const entries = readdirSync(top, { recursive: true, withFileTypes: true });
  return Object.fromEntries(
    entries
      .filter((entry) => !entry.isDirectory())
      .map((entry) => {
        const path = join(entry.parentPath, entry.name);
        return [path.slice(top.length + 1), readEntry(path, entry.isSymbolicLink())] as const;
      }),
  );
}

function readEntry(path: string, isLink: boolean): NonNullable<FixtureEntry> {
  if (isLink) return { symlink: readlinkSync(path) };
  const content = readFileSync(path, "utf8");
  return (statSync(path).mode & 0o111) === 0 ? content : { mode: "executable", content };
}
