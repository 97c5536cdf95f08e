/** Reading the files of one commit out of the clone. */
import { createHash, randomBytes } from "node:crypto";
import { writeFile } from "node:fs/promises";
import { describe, expect, it } from "vitest";
import { snapshotLimits } from "../../../src/source/snapshot-rules.ts";
import {
  type FixtureChanges,
  type FixtureRepository,
  formatCommit,
  runGit,
} from "../../support/git/git-fixture.ts";
import { everything, neverAborted, openRepository } from "./open-repository.ts";

async function readCommit(changes: FixtureChanges, wanted: (path: string) => boolean = everything) {
  const { source, repository } = await openRepository();
  await source.commit(changes);
  const revision = await repository.fetch(neverAborted());
  return repository.readSnapshot(revision, wanted, neverAborted());
}

describe("readSnapshot", () => {
  it("hands over files, executables and symlinks byte for byte, under git's own ids", async () => {
    const binary = new Uint8Array(randomBytes(300_000));
    const { files } = await readCommit({
      "units/web.service": "[Unit]\r\nDescription=ü\n",
      "files/usr/local/bin/backup.sh": { mode: "executable", content: "#!/bin/sh\n" },
      "units/w@a.service": { symlink: "w@.service" },
      "secrets/web.service/x.age": binary,
      "files/empty": "",
    });
    expect([...files.values()].map(({ path, mode }) => [path, mode])).toEqual([
      ["files/empty", "file"],
      ["files/usr/local/bin/backup.sh", "executable"],
      ["secrets/web.service/x.age", "file"],
      ["units/w@a.service", "symlink"],
      ["units/web.service", "file"],
    ]);
    expect(files.get("secrets/web.service/x.age")?.bytes).toEqual(binary);
    expect(files.get("files/empty")?.bytes).toEqual(new Uint8Array());
    const target = files.get("units/w@a.service")?.bytes;
    expect(new TextDecoder().decode(target)).toBe("w@.service");
    const text = Buffer.from("[Unit]\r\nDescription=ü\n");
    expect(files.get("units/web.service")).toMatchObject({
      bytes: new Uint8Array(text),
      blob: createHash("sha1").update(`blob ${text.length}\0`).update(text).digest("hex"),
    });
  });

  it("keeps odd but honest names", async () => {
    const names = [
      "units/a:b@c.service",
      "units/dev\\x2dsda.swap",
      "units/ünit “x”.service",
      'units/"q" .service',
    ];
    const { files } = await readCommit(Object.fromEntries(names.map((name) => [name, name])));
    expect([...files.keys()].sort()).toEqual([...names].sort());
  });

  it("reads only what is wanted", async () => {
    const { files } = await readCommit({ "units/a.service": "", "docs/a.md": "" }, (path) =>
      path.startsWith("units/"),
    );
    expect([...files.keys()]).toEqual(["units/a.service"]);
  });

  it("reads an older commit than the tip", async () => {
    const { source, repository } = await openRepository();
    await source.commit({ a: "old", b: "same" });
    const old = await repository.fetch(neverAborted());
    await source.commit({ a: "new", b: null });
    await repository.fetch(neverAborted());
    const { files, revision } = await repository.readSnapshot(old, everything, neverAborted());
    expect(revision).toBe(old);
    expect([...files.keys()]).toEqual(["a", "b"]);
  });

  it("reads a thousand small files and equal contents", async () => {
    const changes: Record<string, string> = {};
    for (let index = 0; index < 1000; index += 1)
      changes[`units/u${index}.service`] = `[Unit]\n# ${index % 700}\n`;
    const { files } = await readCommit(changes);
    expect(files.size).toBe(1000);
    for (const [path, content] of Object.entries(changes)) {
      expect(Buffer.from(files.get(path)?.bytes ?? []).toString()).toBe(content);
    }
  });

  it("refuses a wanted submodule and passes over another", async () => {
    const changes = { "units/lib": { submodule: "1".repeat(40) }, a: "1" };
    await expect(readCommit(changes)).rejects.toMatchObject({
      code: "repository-invalid",
      subject: "units/lib",
    });
    expect((await readCommit(changes, (path) => path === "a")).files.size).toBe(1);
  });

  it("refuses names with control characters", async () => {
    await expect(readCommit({ "units/a\u001b[2J.service": "" })).rejects.toMatchObject({
      code: "repository-invalid",
      subject: "units/a\\x1b[2J.service",
    });
  });

  it("refuses paths that lead out of the repository", async () => {
    const { source, repository } = await openRepository();
    await source.commit({ a: "evil" });
    const blob = (await source.git("rev-parse", "main:a")).trim();
    // No git command makes such a tree, so it is written as bytes.
    const upwards = await writeTree(source, [["100644 evil", blob]]);
    const commit = await pushTree(source, await writeTree(source, [["40000 ..", upwards]]));
    const revision = await repository.fetch(neverAborted());
    expect(revision.commit).toBe(commit);
    await expect(repository.readSnapshot(revision, everything, neverAborted())).rejects.toMatchObject({
      code: "repository-invalid",
      subject: "../evil",
    });
  });

  it("refuses a file over the limit before it reads it", async () => {
    const large = new Uint8Array(snapshotLimits.fileBytes + 1);
    await expect(readCommit({ "files/large": large })).rejects.toMatchObject({
      code: "repository-invalid",
      subject: "files/large",
      message: expect.stringContaining("10 MiB"),
    });
  });

  it("refuses names that show as something else", async () => {
    for (const name of ["units/a\u202eb.service", "units/a\u2028b.service", "units/a\u200bb.service"]) {
      const shown = { code: "repository-invalid", subject: expect.stringMatching(/^[\x20-\x7e]+$/) };
      await expect(readCommit({ [name]: "" })).rejects.toMatchObject(shown);
    }
  });

  it("hands over a symlink to anywhere as what it is: a few bytes", async () => {
    const { files } = await readCommit({ "units/a.service": { symlink: "../../../../etc/shadow" } });
    const entry = files.get("units/a.service");
    expect(entry?.mode).toBe("symlink");
    expect(new TextDecoder().decode(entry?.bytes)).toBe("../../../../etc/shadow");
  });

  it("gives up on directories that multiply without end", async () => {
    const { source, reopen } = await openRepository();
    // Ten times the same in each of thirty levels, and nothing at the bottom: 10^30 directories without one file.
    let tree = await writeTree(source, []);
    for (let level = 0; level < 30; level += 1) {
      const inner = tree;
      tree = await writeTree(
        source,
        Array.from({ length: 10 }, (_, index) => [`40000 d${index}`, inner] as const),
      );
    }
    const commit = await pushTree(source, tree);
    const repository = reopen({}, 1000);
    const revision = await repository.fetch(neverAborted());
    expect(revision.commit).toBe(commit);
    await expect(repository.readSnapshot(revision, everything, neverAborted())).rejects.toMatchObject({
      code: "repository-invalid",
      message: expect.stringContaining("too many directories"),
    });
  });

  it("refuses a path of more directories than a path may have", async () => {
    await expect(readCommit({ [`${"a/".repeat(600)}f`]: "" })).rejects.toMatchObject({
      code: "repository-invalid",
      message: expect.stringContaining("longer than 1024 bytes"),
    });
  });

  it("refuses directories nested so deeply that git gives up or runs out of stack", async () => {
    const { source, repository, cloneDirectory } = await openRepository();
    await source.commit({ a: "1" });
    const revision = await repository.fetch(neverAborted());
    // Put straight into the clone: such a commit takes git's server half a minute, if it survives it.
    const deep = formatCommit({
      branch: "deep",
      when: "1700000000 +0000",
      message: "deep",
      parent: "",
      changes: { [`${"a/".repeat(40_000)}f`]: "" },
    });
    await runGit(["--git-dir", cloneDirectory, "fast-import", "--quiet"], deep);
    const commit = (await runGit(["--git-dir", cloneDirectory, "rev-parse", "deep"])).trim();
    const reading = repository.readSnapshot({ ...revision, commit }, everything, neverAborted());
    await expect(reading).rejects.toMatchObject({
      code: "repository-invalid",
      subject: commit,
      message: expect.stringContaining("nested too deeply"),
    });
  });

  it("knows no commit that is not there, nor anything that is not an id", async () => {
    const { source, repository } = await openRepository();
    await source.commit({ a: "1" });
    const revision = await repository.fetch(neverAborted());
    for (const commit of ["1".repeat(40), "HEAD", "--help", ""]) {
      const reading = repository.readSnapshot({ ...revision, commit }, everything, neverAborted());
      await expect(reading).rejects.toMatchObject({ code: "revision-not-found" });
    }
  });

  it("stops with the reason of the signal", async () => {
    const { source, repository } = await openRepository();
    await source.commit({ a: "1" });
    const revision = await repository.fetch(neverAborted());
    const reason = new Error("going down");
    await expect(repository.readSnapshot(revision, everything, AbortSignal.abort(reason))).rejects.toBe(
      reason,
    );
    const controller = new AbortController();
    const abortInTheMiddle = (): boolean => {
      controller.abort(reason);
      return true;
    };
    const reading = repository.readSnapshot(revision, abortInTheMiddle, controller.signal);
    await expect(reading).rejects.toBe(reason);
  });
});

/** @param entries mode and name as git writes them, `40000 d`, and the id */
async function writeTree(
  source: FixtureRepository,
  entries: readonly (readonly [modeAndName: string, id: string])[],
): Promise<string> {
  const path = `${source.directory}/tree`;
  const records = entries.flatMap(([modeAndName, id]) => [
    Buffer.from(`${modeAndName}\0`),
    Buffer.from(id, "hex"),
  ]);
  await writeFile(path, Buffer.concat(records));
  return (await source.git("hash-object", "-t", "tree", "-w", "--literally", path)).trim();
}

/** A commit of the tree as the tip of the branch; returns its id. */
async function pushTree(source: FixtureRepository, tree: string): Promise<string> {
  const commit = (await source.git("commit-tree", "-m", "evil", tree)).trim();
  await source.git("update-ref", "refs/heads/main", commit);
  return commit;
}
