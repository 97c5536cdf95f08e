/** Following a tag or an exact commit instead of a branch. */
import { describe, expect, it } from "vitest";
import { runGit } from "../../support/git/git-fixture.ts";
import { everything, neverAborted, type OpenedRepository, openRepository } from "./open-repository.ts";

function follow({ reopen }: OpenedRepository, kind: "branch" | "tag" | "commit", name: string, url = {}) {
  return reopen({ followed: { kind, name }, ...url });
}

describe("a tag", () => {
  it.each([
    ["lightweight", []],
    ["annotated", ["-a", "-m", "release"]],
  ])("that is %s is followed to its commit, and when it is moved", async (_kind, options) => {
    const opened = await openRepository();
    const first = await opened.source.commit({ a: "1" });
    await opened.source.git("tag", ...options, "v1");
    const repository = follow(opened, "tag", "v1");
    const before = await repository.fetch(neverAborted());
    expect(before).toMatchObject({ branch: "tag v1", commit: first });
    const second = await opened.source.commit({ a: "2" });
    expect((await repository.fetch(neverAborted())).commit).toBe(first);
    await opened.source.git("tag", "--force", ...options, "v1", second);
    const after = await repository.fetch(neverAborted());
    expect(after.commit).toBe(second);
    expect(await repository.isRewritten(before, after, neverAborted())).toBe(false);
    expect(await repository.isRewritten(after, before, neverAborted())).toBe(true);
    expect((await repository.readSnapshot(after, everything, neverAborted())).files.size).toBe(1);
  });

  it("is not mistaken for the branch of the same name", async () => {
    const opened = await openRepository();
    const tagged = await opened.source.commit({ a: "1" });
    await opened.source.git("tag", "main");
    const tip = await opened.source.commit({ a: "2" });
    expect((await follow(opened, "tag", "main").fetch(neverAborted())).commit).toBe(tagged);
    expect((await follow(opened, "branch", "main").fetch(neverAborted())).commit).toBe(tip);
  });

  it("that is missing is reported with those that are there", async () => {
    const opened = await openRepository();
    await opened.source.commit({ a: "1" });
    await expect(follow(opened, "tag", "v1").fetch(neverAborted())).rejects.toMatchObject({
      code: "revision-not-found",
      hint: expect.stringContaining("no tags yet"),
    });
    await opened.source.git("tag", "v0.9");
    await expect(follow(opened, "tag", "v1").fetch(neverAborted())).rejects.toMatchObject({
      message: expect.stringContaining("has no tag v1"),
      hint: expect.stringContaining("v0.9"),
    });
  });

  it("of something else than a commit is refused, and the clone stays", async () => {
    const opened = await openRepository();
    const tip = await opened.source.commit({ a: "1" });
    const branch = await opened.repository.fetch(neverAborted());
    for (const what of ["main:a", "main^{tree}"]) {
      await opened.source.git("tag", "--force", "-a", "-m", "odd", "odd", what);
      await expect(follow(opened, "tag", "odd").fetch(neverAborted())).rejects.toMatchObject({
        code: "revision-not-found",
        message: expect.stringContaining("tag odd leads to something that is not a commit"),
      });
    }
    expect(branch.commit).toBe(tip);
    expect((await opened.repository.readSnapshot(branch, everything, neverAborted())).files.size).toBe(1);
  });

  it("cannot be an option or a pattern", async () => {
    const opened = await openRepository();
    for (const name of ["*", "--upload-pack=x", "v1:refs/heads/x"]) {
      await expect(follow(opened, "tag", name).fetch(neverAborted())).rejects.toMatchObject({
        code: "revision-not-found",
      });
    }
  });
});

describe("an exact commit", () => {
  it("is what the revision is, whatever is pushed, and history is not asked", async () => {
    const opened = await openRepository();
    const first = await opened.source.commit({ a: "1" });
    await opened.source.commit({ a: "2" });
    const newest = await opened.repository.fetch(neverAborted());
    const repository = follow(opened, "commit", first);
    const revision = await repository.fetch(neverAborted());
    expect(revision).toMatchObject({ branch: `commit ${first}`, commit: first });
    await opened.source.rewrite({ a: "3" });
    expect((await repository.fetch(neverAborted())).commit).toBe(first);
    expect(await repository.isRewritten(newest, revision, neverAborted())).toBe(false);
    expect((await repository.readSnapshot(revision, everything, neverAborted())).files.size).toBe(1);
  });

  it("that is on no branch any more is had as long as the source has it", async () => {
    const opened = await openRepository();
    const abandoned = await opened.source.commit({ a: "1" });
    await opened.source.rewrite({ a: "2" });
    expect((await follow(opened, "commit", abandoned).fetch(neverAborted())).commit).toBe(abandoned);
  });

  it("is looked for among the branches when the source gives nothing away by its id", async () => {
    const opened = await openRepository();
    const abandoned = await opened.source.commit({ a: "0" });
    const wanted = await opened.source.rewrite({ a: "1" });
    const tip = await opened.source.commit({ a: "2" });
    // The first protocol, which is all that is spoken through an sshd without AcceptEnv GIT_PROTOCOL.
    await runGit(["init", "--quiet", "--bare", opened.cloneDirectory]);
    await runGit(["--git-dir", opened.cloneDirectory, "config", "protocol.version", "0"]);
    for (const commit of [wanted, tip, wanted]) {
      expect((await follow(opened, "commit", commit).fetch(neverAborted())).commit).toBe(commit);
    }
    await expect(follow(opened, "commit", abandoned).fetch(neverAborted())).rejects.toMatchObject({
      code: "revision-not-found",
    });
  });

  it("that the source does not have is reported, every time", async () => {
    const opened = await openRepository();
    await opened.source.commit({ a: "1" });
    const repository = follow(opened, "commit", "1".repeat(40));
    for (let round = 0; round < 2; round += 1) {
      await expect(repository.fetch(neverAborted())).rejects.toMatchObject({
        code: "revision-not-found",
        message: expect.stringContaining(`has no commit ${"1".repeat(40)}`),
        hint: expect.stringContaining("Push a branch"),
      });
    }
  });

  it("must be a commit, and by its full id", async () => {
    const opened = await openRepository();
    const tip = await opened.source.commit({ a: "1" });
    const blob = (await opened.source.git("rev-parse", "main:a")).trim();
    await opened.source.git("tag", "-a", "-m", "release", "v1");
    const tag = (await opened.source.git("rev-parse", "v1")).trim();
    for (const id of [blob, tag, tip.slice(0, 12), "main"]) {
      await expect(follow(opened, "commit", id).fetch(neverAborted())).rejects.toMatchObject({
        code: "revision-not-found",
      });
    }
  });
});
