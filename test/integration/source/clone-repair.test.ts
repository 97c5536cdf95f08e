/** A broken clone is replaced without help, and nothing beside it is touched. */
import { execFileSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { chmod, mkdir, readdir, readFile, rename, rm, truncate, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { runGit } from "../../support/git/git-fixture.ts";
import { everything, neverAborted, type OpenedRepository, openRepository } from "./open-repository.ts";

async function openWithClone(): Promise<OpenedRepository> {
  const opened = await openRepository();
  await opened.source.commit({ "units/a.service": "1", "units/b.service": "2" });
  await opened.repository.fetch(neverAborted());
  await writeFile(join(opened.cloneDirectory, "..", "inventory.json"), "{}");
  return opened;
}

async function listObjects(cloneDirectory: string): Promise<string[]> {
  const objects = join(cloneDirectory, "objects");
  const names = await readdir(objects, { recursive: true, withFileTypes: true });
  return names.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
}

async function spoil(path: string, how: "empty" | "halve"): Promise<void> {
  const { length } = await readFile(path);
  await truncate(path, how === "empty" ? 0 : Math.floor(length / 2));
}

const damages: readonly [string, (cloneDirectory: string) => Promise<void>][] = [
  ["HEAD is missing", (clone) => rm(join(clone, "HEAD"))],
  ["HEAD is garbage", (clone) => writeFile(join(clone, "HEAD"), "\0\0\0")],
  ["its configuration is garbage", (clone) => writeFile(join(clone, "config"), "[core\n\0")],
  ["the ref is empty", (clone) => writeFile(join(clone, "refs/remotes/origin/main"), "")],
  [
    "the ref names nothing",
    (clone) => writeFile(join(clone, "refs/remotes/origin/main"), `${"1".repeat(40)}\n`),
  ],
  ["a killed git left a lock", (clone) => writeFile(join(clone, "refs/remotes/origin/main.lock"), "")],
  [
    "all objects are gone",
    async (clone) => {
      await rm(join(clone, "objects"), { recursive: true });
      await mkdir(join(clone, "objects"));
    },
  ],
  [
    "all objects are empty",
    async (clone) => {
      for (const path of await listObjects(clone)) await spoil(path, "empty");
    },
  ],
  [
    "all objects are cut in half",
    async (clone) => {
      for (const path of await listObjects(clone)) await spoil(path, "halve");
    },
  ],
  [
    "its pack is cut in half",
    async (clone) => {
      await runGit(["--git-dir", clone, "gc", "--quiet"]);
      for (const path of await listObjects(clone)) if (path.endsWith(".pack")) await spoil(path, "halve");
    },
  ],
  [
    "the objects of a half-done fetch are missing",
    async (clone) => {
      for (const path of (await listObjects(clone)).slice(1)) await rm(path);
    },
  ],
];

describe("a clone", () => {
  it.each(damages)("is usable again within two rounds when %s", async (_what, damage) => {
    const { source, repository, cloneDirectory } = await openWithClone();
    await damage(cloneDirectory);
    const tip = await source.commit({ "units/b.service": "3" });

    const attempt = async () => {
      const revision = await repository.fetch(neverAborted());
      return repository.readSnapshot(revision, everything, neverAborted());
    };
    // A fetch need not look at every object; the reading does, and tells the next fetch.
    const snapshot = await attempt().catch((error: unknown) => {
      expect(error).toMatchObject({ code: "clone-damaged" });
      return attempt();
    });

    expect(snapshot.revision.commit).toBe(tip);
    expect([...snapshot.files.keys()]).toEqual(["units/a.service", "units/b.service"]);
    await runGit(["--git-dir", cloneDirectory, "fsck", "--full", "--strict"]);
    expect((await readdir(join(cloneDirectory, ".."))).sort()).toEqual(["clone", "inventory.json"]);
  });

  it("is not given up while the source cannot be reached", async () => {
    const { source, repository, cloneDirectory } = await openWithClone();
    const revision = await repository.fetch(neverAborted());
    await writeFile(join(cloneDirectory, "refs/remotes/origin/main.lock"), "");
    await source.commit({ "units/c.service": "3" });
    await rename(source.bareDirectory, `${source.bareDirectory}.away`);
    await expect(repository.fetch(neverAborted())).rejects.toMatchObject({ code: "repository-unreachable" });
    expect((await repository.readSnapshot(revision, everything, neverAborted())).files.size).toBe(2);
  });

  it("is not blamed for damage in the source", async () => {
    const { source, repository } = await openRepository();
    await source.commit({ a: "1" });
    const revision = await repository.fetch(neverAborted());
    await source.commit({ a: "2" });
    await spoil(join(source.bareDirectory, "refs/heads/main"), "halve");
    await expect(repository.fetch(neverAborted())).rejects.toMatchObject({ name: "AgentError" });
    expect((await repository.readSnapshot(revision, everything, neverAborted())).files.size).toBe(1);
  });

  it("that lost a blob says so, and the next fetch brings it back", async () => {
    const { source, repository, cloneDirectory } = await openWithClone();
    const revision = await repository.fetch(neverAborted());
    const blob = (await source.git("rev-parse", "main:units/a.service")).trim();
    await rm(join(cloneDirectory, "objects", blob.slice(0, 2), blob.slice(2)));
    await expect(repository.readSnapshot(revision, everything, neverAborted())).rejects.toMatchObject({
      code: "clone-damaged",
      subject: cloneDirectory,
      message: expect.stringContaining(blob),
      hint: expect.stringContaining("next fetch"),
    });
    await repository.fetch(neverAborted());
    expect((await repository.readSnapshot(revision, everything, neverAborted())).files.size).toBe(2);
  });

  it("that nobody made yet has no revision", async () => {
    const { repository } = await openRepository();
    const revision = { branch: "main", commit: "1".repeat(40), subject: "", author: "", committedAt: "" };
    await expect(repository.readSnapshot(revision, everything, neverAborted())).rejects.toMatchObject({
      code: "revision-not-found",
    });
  });
});

const isRoot = process.getuid?.() === 0;

describe("a clone directory", () => {
  it("that is a file is reported as what stands in the way, by everything that uses it", async () => {
    const { source, repository, cloneDirectory } = await openWithClone();
    const revision = await repository.fetch(neverAborted());
    await rm(cloneDirectory, { recursive: true });
    await writeFile(cloneDirectory, "");
    const inTheWay = { code: "host-write-failed", subject: cloneDirectory };
    await expect(repository.fetch(neverAborted())).rejects.toMatchObject(inTheWay);
    await source.commit({ "units/c.service": "3" });
    await expect(repository.isRewritten(revision, revision, neverAborted())).rejects.toMatchObject({
      name: "AgentError",
    });
    await rm(cloneDirectory);
    expect((await repository.fetch(neverAborted())).commit).not.toBe(revision.commit);
  });

  it.skipIf(isRoot)("that may not be read is not mistaken for one without the commit", async () => {
    const { repository, cloneDirectory } = await openWithClone();
    const revision = await repository.fetch(neverAborted());
    await chmod(cloneDirectory, 0);
    const refused = { code: "host-write-failed", message: expect.stringContaining("permission denied") };
    await expect(repository.readSnapshot(revision, everything, neverAborted())).rejects.toMatchObject(
      refused,
    );
    await expect(repository.fetch(neverAborted())).rejects.toMatchObject(refused);
    await chmod(cloneDirectory, 0o700);
  });

  it.skipIf(!isRoot)(
    "on a full disk is reported as that, stays as it was, and goes on with more room",
    async () => {
      const { source, cloneDirectory, repository } = await openRepository();
      await source.commit({ "units/a.service": "1" });
      await mkdir(cloneDirectory, { recursive: true });
      execFileSync("mount", ["-t", "tmpfs", "-o", "size=512k,mode=700", "tmpfs", cloneDirectory]);
      try {
        const before = await repository.fetch(neverAborted());
        await source.commit({ "files/large": new Uint8Array(randomBytes(1_000_000)) });
        await expect(repository.fetch(neverAborted())).rejects.toMatchObject({
          code: "host-write-failed",
          message: expect.stringContaining("no space left"),
        });
        expect((await repository.readSnapshot(before, everything, neverAborted())).files.size).toBe(1);
        execFileSync("mount", ["-o", "remount,size=8m", cloneDirectory]);
        expect((await repository.fetch(neverAborted())).commit).not.toBe(before.commit);
      } finally {
        execFileSync("umount", ["--lazy", cloneDirectory]);
      }
    },
  );

  it.skipIf(!isRoot)("on a read-only file system is reported as that", async () => {
    const { source, cloneDirectory, repository } = await openRepository();
    await source.commit({ "units/a.service": "1" });
    await mkdir(cloneDirectory, { recursive: true });
    execFileSync("mount", ["-t", "tmpfs", "-o", "size=4m,mode=700", "tmpfs", cloneDirectory]);
    try {
      await repository.fetch(neverAborted());
      await source.commit({ "units/a.service": "2" });
      execFileSync("mount", ["-o", "remount,ro", cloneDirectory]);
      await expect(repository.fetch(neverAborted())).rejects.toMatchObject({
        code: "host-write-failed",
        message: expect.stringContaining("read-only"),
      });
    } finally {
      execFileSync("umount", ["--lazy", cloneDirectory]);
    }
  });
});
