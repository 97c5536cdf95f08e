import { appendFile, chmod, mkdtemp, rename, rm, symlink, utimes, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { glimpse, StatMemory } from "../../../src/host/stat-memory.ts";

const hourMs = 60 * 60_000;
let directory: string;
let file: string;
let memory: StatMemory<string>;
/** Long enough after the file was written for its times to be trusted. */
let laterMs: number;

beforeEach(async () => {
  directory = await mkdtemp(path.join(tmpdir(), "memory-"));
  file = path.join(directory, "file");
  memory = new StatMemory();
  await writeFile(file, "old");
  laterMs = Date.now() + 5_000;
});
afterEach(async () => {
  await rm(directory, { recursive: true });
});

function recallAt(atMs: number): string | undefined {
  return memory.recall(file, glimpse(file, atMs));
}

test("what was read is recalled as long as nothing changes", () => {
  expect(recallAt(laterMs)).toBeUndefined();
  memory.remember(file, glimpse(file, laterMs), "old");
  expect([recallAt(laterMs), recallAt(laterMs + hourMs / 2)]).toEqual(["old", "old"]);
});

test.each<{ what: string; change: () => Promise<void> }>([
  { what: "an edit in place", change: () => appendFile(file, "x") },
  {
    what: "other bytes of the same length under the old times",
    change: async () => {
      const { stats } = glimpse(file, laterMs);
      await writeFile(file, "new");
      await utimes(file, Number(stats?.atimeMs) / 1000, Number(stats?.mtimeMs) / 1000);
    },
  },
  {
    what: "a replacement",
    change: async () => {
      await writeFile(`${file}.new`, "old");
      await rename(`${file}.new`, file);
    },
  },
  { what: "another mode", change: () => chmod(file, 0o600) },
  { what: "a deletion", change: () => rm(file) },
  {
    what: "a link in its place",
    change: async () => {
      await rename(file, `${file}.old`);
      await symlink(`${file}.old`, file);
    },
  },
])("$what is noticed", async ({ change }) => {
  memory.remember(file, glimpse(file, laterMs), "old");
  await change();
  expect(recallAt(laterMs)).toBeUndefined();
});

test("a file that was changed just before it was read is not trusted: it could change again within one tick", () => {
  const changedMs = Number(glimpse(file, 0).stats?.ctimeMs);
  memory.remember(file, glimpse(file, changedMs + 1_000), "old");
  expect(recallAt(changedMs + 1_000)).toBeUndefined();
  expect(recallAt(changedMs + hourMs / 2)).toBeUndefined();
});

test("nothing is trusted for more than an hour, or while the clock is set back", () => {
  memory.remember(file, glimpse(file, laterMs), "old");
  expect(recallAt(laterMs + hourMs)).toBeUndefined();
  memory.remember(file, glimpse(file, laterMs), "old");
  expect(recallAt(laterMs - 1)).toBeUndefined();
});

test("what cannot be seen is not remembered", () => {
  const missing = path.join(directory, "missing");
  memory.remember(missing, glimpse(missing, laterMs), "ghost");
  expect(memory.recall(missing, glimpse(missing, laterMs))).toBeUndefined();
});

test("the owner decides what is forgotten", () => {
  memory.remember(file, glimpse(file, laterMs), "old");
  memory.forgetOthers([file]);
  expect(recallAt(laterMs)).toBe("old");
  memory.forgetOthers([]);
  expect(recallAt(laterMs)).toBeUndefined();
});
