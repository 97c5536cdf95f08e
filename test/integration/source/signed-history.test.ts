/** Which commits are trusted, by real SSH signatures, and what is said of the others. */
import { existsSync } from "node:fs";
import { mkdir, readdir, rm, symlink } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { GitRepository } from "../../../src/source/git-repository.ts";
import { neverAborted } from "./open-repository.ts";
import { createSignedBase } from "./signed-base.ts";
import { openInPlace, revisionOf, verify, withVariables } from "./verifying.ts";

const { fixture, base, alice, bob, stranger, rules, allow, check } = await createSignedBase();

afterAll(() => fixture.remove());

describe("a history with SSH signatures", () => {
  it("is trusted when allowed signers signed every new commit, and says who they are", async () => {
    const first = await fixture.commit({ parents: [base], key: alice });
    const tip = await fixture.commit({ parents: [first], key: bob });
    const key = expect.stringMatching(/^SHA256:/);
    expect(await check(base, tip)).toEqual({
      verified: 2,
      signers: [
        { name: "bob@example.org", key },
        { name: "alice@example.org", key },
      ],
      tipSigner: { name: "bob@example.org", key },
    });
  });

  it("is refused for an unsigned tip, which is named with its subject, harmlessly", async () => {
    const tip = await fixture.commit({ parents: [base], message: 'add "web" \u001b[2J\u202e' });
    await expect(check(base, tip)).rejects.toMatchObject({
      code: "revision-untrusted",
      subject: tip,
      message: `commit ${tip.slice(0, 12)} "add \\"web\\" \\x1b[2J\\u202e" is not signed`,
      hint: expect.stringContaining("git commit --amend -S"),
    });
  });

  it("is refused for the key of a stranger, although its signature is good", async () => {
    const tip = await fixture.commit({ parents: [base], key: stranger });
    await expect(check(base, tip)).rejects.toMatchObject({
      code: "revision-untrusted",
      message: expect.stringMatching(
        /is signed with the key SHA256:\S+, which is not one of the allowed signers$/,
      ),
      hint: expect.stringContaining(join(fixture.directory, "allowed_signers")),
    });
  });

  it("is refused for a commit that was changed after it was signed", async () => {
    const signed = await fixture.commit({ parents: [base], message: "good", key: alice });
    const tip = await fixture.tamper(signed, (text) => text.replace(/good\n$/, "evil\n"));
    await expect(check(base, tip)).rejects.toMatchObject({
      code: "revision-untrusted",
      message: `commit ${tip.slice(0, 12)} "evil" has a bad signature: the commit is not what was signed`,
    });
  });

  it("is refused for an unsigned commit below a signed tip, unless only the tip counts", async () => {
    const hidden = await fixture.commit({ parents: [base], message: "hidden" });
    const middle = await fixture.commit({ parents: [hidden], key: alice });
    const tip = await fixture.commit({ parents: [middle], key: alice });
    await expect(check(base, tip)).rejects.toMatchObject({
      code: "revision-untrusted",
      subject: hidden,
      message: expect.stringMatching(/"hidden" is not signed$/),
    });
    expect(await check(base, tip, { ...rules, commits: "tip" })).toMatchObject({ verified: 1 });
  });

  it("is refused for a signed merge of an unsigned side branch, and counts what is refused", async () => {
    const ours = await fixture.commit({ parents: [base], key: alice });
    const older = await fixture.commit({ parents: [base], message: "side 1" });
    const theirs = await fixture.commit({ parents: [older], message: "side 2" });
    const merge = await fixture.commit({ parents: [ours, theirs], key: alice });
    await expect(check(base, merge)).rejects.toMatchObject({
      subject: theirs,
      message: expect.stringMatching(/"side 2" is not signed \(and 1 more of the new commits\)$/),
    });
    expect(await check(base, merge, { ...rules, commits: "tip" })).toMatchObject({ verified: 1 });
  });

  it("is trusted for a merge whose sides are signed, also when one began before the applied commit", async () => {
    const side = await fixture.commit({ parents: [base], key: bob });
    const applied = await fixture.commit({ parents: [base] });
    const merge = await fixture.commit({ parents: [applied, side], key: alice });
    expect(await check(applied, merge)).toMatchObject({ verified: 2 });
  });

  it("needs only a signed tip the first time, and when the applied commit is not in the clone", async () => {
    const unsigned = await fixture.commit({ parents: [base] });
    const tip = await fixture.commit({ parents: [unsigned], key: alice });
    expect(await check(null, tip)).toMatchObject({ verified: 1, tipSigner: { name: "alice@example.org" } });
    expect(await check("1".repeat(40), tip)).toMatchObject({ verified: 1 });
    await expect(check(null, unsigned)).rejects.toMatchObject({ subject: unsigned });
  });

  it("has nothing to verify in what is applied already", async () => {
    const signed = await fixture.commit({ parents: [base], key: alice });
    expect(await check(base, base)).toEqual({ verified: 0, signers: [], tipSigner: null });
    expect(await check(signed, base)).toMatchObject({ verified: 0, tipSigner: null });
    expect(await check(signed, signed)).toMatchObject({
      verified: 0,
      signers: [],
      tipSigner: { name: "alice@example.org" },
    });
  });

  it("that was rewritten is verified from where it parts from the applied one", async () => {
    const applied = await fixture.commit({ parents: [base], key: alice });
    const rewritten = await fixture.commit({ parents: [base], key: alice, message: "instead" });
    expect(await check(applied, rewritten)).toMatchObject({ verified: 1 });
    const unsigned = await fixture.commit({ parents: [base], message: "instead" });
    await expect(check(applied, unsigned)).rejects.toMatchObject({ subject: unsigned });
  });

  it.each([
    ["gpgsig hello", "neither SSH nor OpenPGP"],
    ["gpgsig -----BEGIN SIGNED MESSAGE-----\n =\n -----END SIGNED MESSAGE-----", "neither SSH nor OpenPGP"],
    [
      "gpgsig -----BEGIN PGP SIGNATURE-----\n =\n -----END PGP SIGNATURE-----",
      "is signed with an OpenPGP key",
    ],
    ["gpgsig -----BEGIN SSH SIGNATURE-----\n =\n -----END SSH SIGNATURE-----", "signature"],
  ])("is refused for a header %j", async (header, problem) => {
    const bare = await fixture.commit({ parents: [base] });
    const tip = await fixture.tamper(bare, (text) => text.replace("\n\n", `\n${header}\n\n`));
    const above = await fixture.commit({ parents: [tip], key: alice });
    for (const to of [tip, above]) {
      await expect(check(base, to)).rejects.toMatchObject({
        code: "revision-untrusted",
        subject: tip,
        message: expect.stringContaining(problem),
      });
    }
  });

  it("that lost a commit in the clone says that the clone is damaged", async () => {
    const lost = await fixture.commit({ parents: [base], key: alice, message: "lost" });
    const tip = await fixture.commit({ parents: [lost], key: alice });
    await rm(join(fixture.gitDirectory, "objects", lost.slice(0, 2), lost.slice(2)));
    await expect(check(base, tip)).rejects.toMatchObject({ code: "clone-damaged" });
  });
});

describe("a tag that is followed", () => {
  it("vouches for nothing: its commit must be signed, and is when it was", async () => {
    const access = {
      url: fixture.gitDirectory,
      branch: "tag v1",
      followed: { kind: "tag", name: "v1" },
    } as const;
    const cloneDirectory = join(fixture.directory, "clone.git");
    const repository = new GitRepository({ access, verify: rules, cloneDirectory, timeoutMs: 20_000 });
    const fetchAndVerify = async (commit: string) => {
      const sign = ["-c", "gpg.format=ssh", "-c", `user.signingKey=${alice.id}`];
      await fixture.git(...sign, "tag", "--force", "-s", "-m", "release", "v1", commit);
      const to = await repository.fetch(neverAborted());
      expect(to.commit).toBe(commit);
      return repository.verifyHistory({ from: null, to }, neverAborted());
    };
    await allow(await fixture.formatSigner("alice@example.org", alice));
    await expect(fetchAndVerify(base)).rejects.toMatchObject({ code: "revision-untrusted", subject: base });
    const signed = await fixture.commit({ parents: [base], key: alice });
    expect(await fetchAndVerify(signed)).toMatchObject({ tipSigner: { name: "alice@example.org" } });
  });
});

describe("verifying", () => {
  it("is not done when nobody asks for it", async () => {
    expect(await verify(fixture, null, null, base)).toBeNull();
  });

  it("leaves nothing behind, refused or not", async () => {
    const temporary = join(fixture.directory, "tmp");
    await mkdir(temporary);
    await withVariables({ TMPDIR: temporary }, async () => {
      await check(base, await fixture.commit({ parents: [base], key: alice }));
      await expect(check(base, await fixture.commit({ parents: [base] }))).rejects.toThrow("is not signed");
    });
    expect(await readdir(temporary)).toEqual([]);
  });

  it("blames this host, not the commit, when ssh-keygen is missing or nothing can be written", async () => {
    const tip = await fixture.commit({ parents: [base], key: alice });
    const programs = join(fixture.directory, "only-git");
    await mkdir(programs);
    await symlink(await findGit(), join(programs, "git"));
    await expect(withVariables({ PATH: programs }, () => check(base, tip))).rejects.toMatchObject({
      code: "config-invalid",
      hint: expect.stringContaining("openssh-client"),
    });
    await expect(withVariables({ TMPDIR: "/nowhere" }, () => check(base, tip))).rejects.toMatchObject({
      code: "host-write-failed",
    });
  });

  it("stops with the reason of the signal", async () => {
    const reason = new Error("going down");
    const repository = openInPlace(fixture, rules);
    const stopped = repository.verifyHistory({ from: null, to: revisionOf(base) }, AbortSignal.abort(reason));
    await expect(stopped).rejects.toBe(reason);
  });
});

describe("a history", () => {
  const isRewritten = (applied: string, tip: string, branch?: string) =>
    openInPlace(fixture, null).isRewritten(revisionOf(applied, branch), revisionOf(tip), neverAborted());

  it("is rewritten when it does not lead to what is applied, also when nobody has that commit any more", async () => {
    const next = await fixture.commit({ parents: [base] });
    const other = await fixture.commit({ message: "a new beginning" });
    expect(await isRewritten(base, next)).toBe(false);
    expect(await isRewritten(next, next)).toBe(false);
    expect(await isRewritten(next, base)).toBe(true);
    expect(await isRewritten(next, other)).toBe(true);
    expect(await isRewritten("1".repeat(40), next)).toBe(true);
  });

  it("is not rewritten when another branch is followed now", async () => {
    const other = await fixture.commit({ message: "production" });
    expect(await isRewritten(base, other, "production")).toBe(false);
  });
});

async function findGit(): Promise<string> {
  for (const directory of (process.env["PATH"] ?? "").split(":")) {
    const path = join(directory, "git");
    if (existsSync(path)) return path;
  }
  throw new Error("there is no git");
}
