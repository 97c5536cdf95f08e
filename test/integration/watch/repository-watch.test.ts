import { execFile } from "node:child_process";
import { renameSync, rmSync } from "node:fs";
import { mkdir, mkdtemp, readdir, readFile, rename, rm, symlink } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { promisify } from "node:util";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { watchRepository } from "../../../src/watch/repository-watch.ts";

const run = promisify(execFile);

let base: string;
let bare: string;
let work: string;
let stopping: AbortController;

beforeEach(async () => {
  base = await mkdtemp(path.join(tmpdir(), "repository-watch-"));
  bare = path.join(base, "git", "hosts.git");
  work = path.join(base, "work");
  stopping = new AbortController();
  await createBare();
  await git(base, "init", "--quiet", "--initial-branch=main", work);
  await git(work, "remote", "add", "origin", bare);
});

afterEach(async () => {
  stopping.abort();
  await rm(base, { recursive: true, force: true });
});

async function git(directory: string, ...args: string[]): Promise<string> {
  const identity = [
    "-c",
    "user.name=Test",
    "-c",
    "user.email=test@example.org",
    "-c",
    "commit.gpgsign=false",
  ];
  return (await run("git", ["-C", directory, ...identity, ...args])).stdout.trim();
}

async function createBare(): Promise<void> {
  await mkdir(path.dirname(bare), { recursive: true });
  await git(base, "init", "--quiet", "--bare", "--initial-branch=main", bare);
}

let commitCount = 0;

/** Pushes a new commit and returns it. */
async function push(branch = "main"): Promise<string> {
  commitCount += 1;
  await git(work, "commit", "--quiet", "--allow-empty", `--message=change ${commitCount}`);
  await git(work, "push", "--quiet", "--force", "origin", `HEAD:refs/heads/${branch}`);
  return git(work, "rev-parse", "HEAD");
}

interface Watched {
  /** What the branch was whenever the watch told of a change: a commit, or `none`. */
  readonly tips: string[];
  readonly errors: Error[];
}

async function watchBranch(branch = "main", gitDirectory = bare, signal = stopping.signal): Promise<Watched> {
  const watched: Watched = { tips: [], errors: [] };
  const readTip = async () => {
    const tip = await git(gitDirectory, "rev-parse", "--verify", "--quiet", branch).catch(() => "none");
    watched.tips.push(tip);
  };
  await watchRepository(
    gitDirectory,
    branch,
    { onChange: () => void readTip(), onError: (error) => watched.errors.push(error) },
    signal,
  );
  return watched;
}

/** The contract: some time after a change the listener is called, and what it reads then is the new state. */
async function expectTold(watched: Watched, tip: string): Promise<void> {
  await vi.waitFor(() => expect(watched.tips.at(-1)).toBe(tip), { timeout: 10_000, interval: 10 });
  expect(watched.errors).toEqual([]);
}

async function countInotifyWatches(): Promise<number> {
  const names = await readdir("/proc/self/fdinfo");
  const texts = await Promise.all(
    names.map((name) => readFile(`/proc/self/fdinfo/${name}`, "utf8").catch(() => "")),
  );
  return texts.join("\n").match(/^inotify wd:/gm)?.length ?? 0;
}

describe("a watched branch", () => {
  it("tells of the first push and of every one after it", async () => {
    const watched = await watchBranch();
    for (let round = 0; round < 4; round += 1) await expectTold(watched, await push());
  });

  it("may have slashes in its name, so that directories come and go with it", async () => {
    const watched = await watchBranch("team/a/main");
    await expectTold(watched, await push("team/a/main"));
    await git(bare, "pack-refs", "--all", "--prune");
    await expectTold(watched, await push("team/a/main"));
    await git(work, "push", "--quiet", "origin", "--delete", "team/a/main");
    await expectTold(watched, "none");
    await expectTold(watched, await push("team/a/main"));
  });

  it("may be packed by gc", async () => {
    const watched = await watchBranch();
    await expectTold(watched, await push());
    await git(bare, "gc", "--quiet");
    await expectTold(watched, await push());
    await git(bare, "pack-refs", "--all");
    await expectTold(watched, await push());
  });

  it("may be reached by a symlink", async () => {
    const link = path.join(base, "link.git");
    await symlink(bare, link);
    const watched = await watchBranch("main", link);
    await expectTold(watched, await push());
    await expectTold(watched, await push());
  });

  it("may be committed to in a repository with a work tree", async () => {
    await push();
    const watched = await watchBranch("main", path.join(work, ".git"));
    await git(work, "commit", "--quiet", "--allow-empty", "--message=local");
    await expectTold(watched, await git(work, "rev-parse", "HEAD"));
  });

  it("tells of one push once, and nothing of other branches", async () => {
    await push();
    const watched = await watchBranch();
    const tip = await push();
    await expectTold(watched, tip);
    const other = await watchBranch("other");
    await expectTold(other, await push("other"));
    expect(watched.tips).toEqual([tip]);
  });
});

describe("a watched repository", () => {
  it("may be missing at first, with the directory above it", async () => {
    await rm(path.dirname(bare), { recursive: true });
    const watched = await watchBranch();
    await createBare();
    await expectTold(watched, "none");
    await expectTold(watched, await push());
  });

  it("may be deleted and made again later", async () => {
    const watched = await watchBranch();
    await expectTold(watched, await push());
    await rm(bare, { recursive: true });
    await expectTold(watched, "none");
    await createBare();
    await expectTold(watched, await push());
    await expectTold(watched, await push());
  });

  it("may be replaced by another one in one moment, as often as anybody likes", async () => {
    const replacement = path.join(base, "replacement.git");
    const watched = await watchBranch();
    for (let round = 0; round < 5; round += 1) {
      await git(base, "init", "--quiet", "--bare", "--initial-branch=main", replacement);
      rmSync(bare, { recursive: true });
      renameSync(replacement, bare);
      await expectTold(watched, "none");
      await expectTold(watched, await push());
    }
  });

  it("may be renamed away and replaced by another one", async () => {
    const watched = await watchBranch();
    await expectTold(watched, await push());
    await rename(bare, `${bare}.old`);
    await createBare();
    await expectTold(watched, "none");
    await expectTold(watched, await push());
  });

  it("may lose the directory above it", async () => {
    const watched = await watchBranch();
    await expectTold(watched, await push());
    await rm(path.dirname(bare), { recursive: true });
    await expectTold(watched, "none");
    await createBare();
    await expectTold(watched, await push());
  });
});

describe("the signal", () => {
  it("ends the watch and leaves none behind", async () => {
    const before = await countInotifyWatches();
    const watched = await watchBranch();
    const tip = await push();
    await expectTold(watched, tip);
    expect(await countInotifyWatches()).toBeGreaterThan(before);
    stopping.abort();
    await vi.waitFor(async () => expect(await countInotifyWatches()).toBe(before), { timeout: 5000 });

    const later = new AbortController();
    const witness = await watchBranch("main", bare, later.signal);
    await expectTold(witness, await push());
    later.abort();
    expect(watched.tips).toEqual([tip]);
  });

  it("that was given before stops the watch from beginning", async () => {
    const before = await countInotifyWatches();
    stopping.abort();
    await watchBranch();
    expect(await countInotifyWatches()).toBe(before);
  });

  it("that comes while the watch begins does not leave it hanging", async () => {
    const before = await countInotifyWatches();
    const beginning = watchBranch();
    stopping.abort();
    await beginning;
    await vi.waitFor(async () => expect(await countInotifyWatches()).toBe(before), { timeout: 5000 });
  });
});
