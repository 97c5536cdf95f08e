/** What is read of a repository on this host is what git says of it, or nothing. */
import { mkdir, mkdtemp, rename, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { readLocalRef } from "../../../src/source/local-ref.ts";
import { findLocalRepository } from "../../../src/source/repository-url.ts";
import { runGit } from "../../support/git/git-fixture.ts";

const main = "refs/heads/main";
let root: string;
let place: string;

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), "local-ref-"));
  place = join(root, "source");
  await runGit(["init", "--quiet", "--initial-branch=main", place]);
  await commit();
});
afterEach(() => rm(root, { recursive: true }));

async function git(...args: readonly string[]): Promise<string> {
  const identity = ["-c", "user.name=a", "-c", "user.email=a@example.org"];
  return (await runGit(["-C", place, ...identity, ...args])).trim();
}

async function commit(): Promise<void> {
  await git("commit", "--quiet", "--allow-empty", "--message=x");
}

function read(ref = main): string | null {
  const repository = findLocalRepository(place);
  return repository === null ? null : readLocalRef(repository, ref);
}

it("a branch is read after each way of moving it", async () => {
  const changes: (() => Promise<unknown>)[] = [
    commit,
    () => git("pack-refs", "--all"),
    commit,
    () => git("reset", "--quiet", "--hard", "HEAD~1"),
    () => git("gc", "--quiet"),
  ];
  for (const change of changes) {
    await change();
    expect(read()).toBe(await git("rev-parse", main));
  }
});

it("an annotated tag is the tag itself, loose and packed", async () => {
  await git("tag", "--annotate", "--message=v", "v1");
  const tag = await git("rev-parse", "v1");
  expect(read("refs/tags/v1")).toBe(tag);
  await git("pack-refs", "--all");
  expect(read("refs/tags/v1")).toBe(tag);
});

it("a linked work tree leads to the refs of its repository", async () => {
  const tip = await git("rev-parse", main);
  await git("worktree", "add", "--quiet", "--detach", join(root, "linked"));
  place = join(root, "linked");
  expect(read()).toBe(tip);
});

it.each([
  ["a symbolic ref", () => git("symbolic-ref", "refs/heads/main", "refs/heads/other")],
  ["a branch that is gone", () => git("update-ref", "-d", main)],
  ["a ref that is cut off", () => writeFile(join(place, ".git", main), "abc\n")],
  ["reftables", () => mkdir(join(place, ".git/reftable"))],
  ["a repository without objects", () => rename(join(place, ".git/objects"), join(root, "objects"))],
  ["no repository", () => rename(place, join(root, "elsewhere"))],
])("git is asked about %s", async (_, change) => {
  await change();
  expect(read()).toBeNull();
});
