import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { expect, it } from "vitest";
import {
  directoriesAbove,
  findExistingDirectory,
  identifyDirectories,
  refFilesOf,
} from "../../../src/watch/ref-places.ts";

it("a branch with slashes has its file in a directory of its own", () => {
  expect(refFilesOf("/srv/hosts.git", "team/a")).toContain("/srv/hosts.git/refs/heads/team/a");
});

it("all directories down to the files are known, each once", () => {
  expect(directoriesAbove(["/srv/a/x", "/srv/b/y", "/srv/z"])).toEqual(["/", "/srv", "/srv/a", "/srv/b"]);
});

it("a directory that was deleted and made again is another one", async () => {
  const base = await mkdtemp(path.join(tmpdir(), "ref-places-"));
  try {
    const directory = path.join(base, "made-again");
    await mkdir(directory);
    const before = await identifyDirectories([directory]);
    await mkdir(path.join(directory, "entry"));
    expect(await identifyDirectories([directory])).toBe(before);
    await rm(directory, { recursive: true });
    expect(await findExistingDirectory(path.join(directory, "entry"))).toBe(base);
    await mkdir(directory);
    expect(await identifyDirectories([directory])).not.toBe(before);
  } finally {
    await rm(base, { recursive: true });
  }
});
