/** Following a branch of a local repository with real git. */
import { execFileSync } from "node:child_process";
import { mkdir, readdir, readFile, rename, stat, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { findLocalRepository } from "../../../src/source/repository-url.ts";
import { createRepository, runGit } from "../../support/git/git-fixture.ts";
import { everything, neverAborted, openRepository } from "./open-repository.ts";
import { withVariables } from "./verifying.ts";

const isRoot = process.getuid?.() === 0;

describe("fetch", () => {
  it("makes the clone at the first call and returns the tip", async () => {
    const { source, repository, cloneDirectory } = await openRepository();
    const commit = await source.commit({ "units/web.service": "[Service]\n" }, "web: first\n\nmore");
    expect(await repository.fetch(neverAborted())).toEqual({
      branch: "main",
      commit,
      subject: "web: first",
      author: "Alice Example <alice@example.org>",
      committedAt: "2023-11-14T22:13:20.000Z",
    });
    expect((await stat(cloneDirectory)).mode & 0o777).toBe(0o700);
  });

  it("returns the same tip when there is nothing new, and the next one after a push", async () => {
    const { source, repository } = await openRepository();
    const first = await source.commit({ a: "1" });
    expect((await repository.fetch(neverAborted())).commit).toBe(first);
    expect((await repository.fetch(neverAborted())).commit).toBe(first);
    const second = await source.commit({ a: "2" });
    expect((await repository.fetch(neverAborted())).commit).toBe(second);
  });

  it("only asks the source while there is nothing new, and fetches all the same after a hundred questions", async () => {
    const { source, repository, cloneDirectory } = await openRepository();
    const tip = await source.commit({ a: "1" });
    await repository.fetch(neverAborted());
    // A fetch mends this, a question does not see it.
    const ref = join(cloneDirectory, "refs/remotes/origin/main");
    await writeFile(ref, "");
    for (let question = 1; question <= 100; question += 1) {
      expect((await repository.fetch(neverAborted())).commit).toBe(tip);
    }
    expect(await readFile(ref, "utf8")).toBe("");
    expect((await repository.fetch(neverAborted())).commit).toBe(tip);
    expect(await readFile(ref, "utf8")).toBe(`${tip}\n`);
  });

  it("follows a rewritten history and still has the commit from before", async () => {
    const { source, repository } = await openRepository();
    await source.commit({ a: "1" });
    const before = await repository.fetch(neverAborted());
    const rewritten = await source.rewrite({ a: "2" });
    expect((await repository.fetch(neverAborted())).commit).toBe(rewritten);
    const snapshot = await repository.readSnapshot(before, everything, neverAborted());
    expect(Buffer.from(snapshot.files.get("a")?.bytes ?? []).toString()).toBe("1");
  });

  it("fetches the followed branch only, and no tags", async () => {
    const { source, repository, cloneDirectory } = await openRepository();
    await source.commit({ a: "1" });
    await source.git("branch", "other");
    await source.git("tag", "v1");
    await repository.fetch(neverAborted());
    const refs = await runGit(["--git-dir", cloneDirectory, "for-each-ref", "--format=%(refname)"]);
    expect(refs.trim()).toBe("refs/remotes/origin/main");
  });

  it("lets no control character of a commit message through", async () => {
    const { source, repository } = await openRepository();
    await source.commit({ a: "1" }, "nice \u001b[2J try");
    expect((await repository.fetch(neverAborted())).subject).toBe("nice \ufffd[2J try");
  });

  it("takes the beginning of a subject that is longer than any text of this runtime", async () => {
    const { source, repository } = await openRepository();
    await source.commit({ a: "1" });
    const programs = join(source.directory, "programs");
    await mkdir(programs);
    // git itself would need half a minute for such a commit, which travels as some kilobytes.
    const log = `printf '%040d\\0A <a@example.org>\\0today\\0' 1; head -c 600M /dev/zero | tr '\\0' x`;
    const script = `#!/bin/sh\ncase " $* " in *" log "*) ${log} ;; *) PATH=\${PATH#*:} exec git "$@" ;; esac\n`;
    await writeFile(join(programs, "git"), script, { mode: 0o755 });
    const path = `${programs}:${process.env["PATH"] ?? ""}`;
    const { subject, author } = await withVariables({ PATH: path }, () => repository.fetch(neverAborted()));
    expect({ subject, author }).toEqual({ subject: "x".repeat(500), author: "A <a@example.org>" });
  });

  it("names the branches that are there when the configured one is not", async () => {
    const { source, reopen } = await openRepository();
    await source.commit({ a: "1" });
    await source.git("branch", "production");
    await expect(reopen({ branch: "master" }).fetch(neverAborted())).rejects.toMatchObject({
      code: "revision-not-found",
      message: expect.stringContaining("has no branch master"),
      hint: expect.stringContaining("main, production"),
    });
  });

  it("says so when nothing was ever pushed", async () => {
    const { repository } = await openRepository();
    await expect(repository.fetch(neverAborted())).rejects.toMatchObject({
      code: "revision-not-found",
      hint: expect.stringContaining("no branches yet"),
    });
  });

  it("does not take a branch name for a pattern or an option", async () => {
    const { source, reopen } = await openRepository();
    await source.commit({ a: "1" });
    for (const branch of ["*", "--upload-pack=x", "main:refs/heads/x"]) {
      await expect(reopen({ branch }).fetch(neverAborted())).rejects.toMatchObject({
        code: "revision-not-found",
      });
    }
  });

  it("reports a repository that is gone, keeps the clone, and goes on when it is back", async () => {
    const { source, repository } = await openRepository();
    await source.commit({ a: "1" });
    const before = await repository.fetch(neverAborted());
    await rename(source.bareDirectory, `${source.bareDirectory}.away`);
    await expect(repository.fetch(neverAborted())).rejects.toMatchObject({
      code: "repository-unreachable",
      subject: source.bareDirectory,
      message: expect.stringContaining("no repository"),
    });
    expect((await repository.readSnapshot(before, everything, neverAborted())).files.size).toBe(1);
    await rename(`${source.bareDirectory}.away`, source.bareDirectory);
    const next = await source.commit({ a: "2" });
    expect((await repository.fetch(neverAborted())).commit).toBe(next);
  });

  it("follows another URL after a change of the configuration", async () => {
    const { source, repository, reopen } = await openRepository();
    await source.commit({ a: "1" });
    await repository.fetch(neverAborted());
    const moved = join(source.directory, 'moved "here".git');
    await rename(source.bareDirectory, moved);
    expect((await reopen({ url: moved }).fetch(neverAborted())).branch).toBe("main");
  });

  it("refuses a URL with a password before git sees it", async () => {
    const { reopen, source } = await openRepository();
    const failing = reopen({ url: "https://me:hunter2@127.0.0.1:1/x.git" }).fetch(neverAborted());
    await expect(failing).rejects.toMatchObject({
      code: "config-invalid",
      hint: expect.stringContaining("token-file"),
    });
    await expect(failing).rejects.not.toThrow("hunter2");
    expect(await readdir(source.directory)).not.toContain("state");
  });

  it("never runs a command that a URL names", async () => {
    const { source, reopen } = await openRepository();
    const trace = join(source.directory, "trace");
    await expect(reopen({ url: `ext::sh -c "touch ${trace}"` }).fetch(neverAborted())).rejects.toMatchObject({
      code: "repository-unreachable",
      message: expect.stringContaining("not allowed"),
    });
    await expect(stat(trace)).rejects.toThrow("ENOENT");
  });

  it("is not steered by the environment of the caller", async () => {
    const { source, repository } = await openRepository();
    const commit = await source.commit({ a: "1" });
    const names = { GIT_DIR: "/nowhere", GIT_CONFIG_COUNT: "x", GIT_OBJECT_DIRECTORY: "/nowhere" };
    Object.assign(process.env, names);
    try {
      const revision = await repository.fetch(neverAborted());
      expect(revision.commit).toBe(commit);
      expect((await repository.readSnapshot(revision, everything, neverAborted())).files.size).toBe(1);
    } finally {
      for (const name of Object.keys(names)) delete process.env[name];
    }
  });

  it.skipIf(!isRoot)(
    "reads a repository that belongs to another user, bare or with a work tree",
    async () => {
      const { source, reopen } = await openRepository();
      const commit = await source.commit({ a: "1" });
      const work = join(source.directory, "work");
      await runGit(["clone", "--quiet", source.bareDirectory, work]);
      await symlink(work, join(source.directory, "link"));
      execFileSync("chown", ["-R", "nobody", source.bareDirectory, work]);
      // The precondition: without the agent's settings git refuses.
      await expect(runGit(["ls-remote", source.bareDirectory])).rejects.toThrow("dubious ownership");
      for (const url of [
        source.bareDirectory,
        work,
        `file://${work}`,
        join(work, ".git"),
        join(source.directory, "link"),
      ]) {
        expect((await reopen({ url }).fetch(neverAborted())).commit).toBe(commit);
      }
    },
  );

  it("says what is wrong when the clone cannot be written", async () => {
    const { source, repository } = await openRepository();
    await writeFile(join(source.directory, "state"), "a file in the way");
    await expect(repository.fetch(neverAborted())).rejects.toMatchObject({ code: "host-write-failed" });
    expect(await readFile(join(source.directory, "state"), "utf8")).toBe("a file in the way");
  });
});

describe("findLocalRepository", () => {
  it("finds where refs change: bare, work tree, linked work tree, without suffix", async () => {
    const source = await createRepository();
    try {
      await source.commit({ a: "1" });
      const work = join(source.directory, "work");
      await runGit(["clone", "--quiet", source.bareDirectory, work]);
      await runGit(["-C", work, "worktree", "add", "--quiet", join(source.directory, "linked")]);
      await mkdir(join(source.directory, "empty"));
      expect(findLocalRepository(source.bareDirectory)).toBe(source.bareDirectory);
      expect(findLocalRepository(`file://${source.bareDirectory}`)).toBe(source.bareDirectory);
      expect(findLocalRepository(source.bareDirectory.replace(/\.git$/, ""))).toBe(source.bareDirectory);
      expect(findLocalRepository(work)).toBe(join(work, ".git"));
      expect(findLocalRepository(join(source.directory, "linked"))).toBe(join(work, ".git"));
      expect(findLocalRepository(join(source.directory, "empty"))).toBeNull();
      expect(findLocalRepository("git@git.example.org:x.git")).toBeNull();
    } finally {
      await source.remove();
    }
  });
});
