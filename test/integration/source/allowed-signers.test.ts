/** What an allowed-signers file may say, and which one is used. */
import { chmod, chown, mkdir, rm, symlink } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { createSignedBase } from "./signed-base.ts";
import { withVariables } from "./verifying.ts";

const isRoot = process.getuid?.() === 0;
const { fixture, base, alice, stranger, rules, allow, check } = await createSignedBase();

afterAll(() => fixture.remove());

describe("an allowed-signers file", () => {
  const inJuly2020 = 1_593_600_000;

  it("limits when a key counts, by the time of the commit", async () => {
    const limited = await allow(
      await fixture.formatSigner("alice@example.org", alice, 'valid-before="20210101"'),
    );
    const before = await fixture.commit({ parents: [base], key: alice, at: inJuly2020 });
    const after = await fixture.commit({ parents: [before], key: alice });
    expect(await check(base, before, limited)).toMatchObject({ tipSigner: { name: "alice@example.org" } });
    await expect(check(base, after, limited)).rejects.toMatchObject({
      subject: after,
      message: expect.stringMatching(/was not valid at the time of the commit/),
    });
    const later = await allow(
      await fixture.formatSigner("alice@example.org", alice, 'valid-after="20210101"'),
    );
    await expect(check(base, before, later)).rejects.toThrow("was not valid at the time of the commit");
  });

  it("limits what a key may sign", async () => {
    const tip = await fixture.commit({ parents: [base], key: alice });
    const forFiles = await allow(await fixture.formatSigner("alice@example.org", alice, 'namespaces="file"'));
    await expect(check(base, tip, forFiles)).rejects.toMatchObject({
      code: "revision-untrusted",
      message: expect.stringContaining("may not sign commits"),
      hint: expect.stringContaining("namespace git"),
    });
    const forGit = await allow(
      await fixture.formatSigner("alice@example.org", alice, 'namespaces="file,git"'),
    );
    expect(await check(base, tip, forGit)).toMatchObject({ verified: 1 });
  });

  it("may name an authority that certifies keys", async () => {
    const authority = await fixture.createSshKey("authority");
    const carol = await fixture.certify(await fixture.createSshKey("carol"), authority, "carol@example.org");
    const certified = await allow(await fixture.formatSigner("*@example.org", authority, "cert-authority"));
    const tip = await fixture.commit({ parents: [base], key: carol });
    expect(await check(base, tip, certified)).toMatchObject({ tipSigner: { name: "carol@example.org" } });
    await expect(
      check(base, await fixture.commit({ parents: [base], key: alice }), certified),
    ).rejects.toThrow("not one of the allowed signers");
  });

  it("is the only place where trust comes from", async () => {
    const strangers = await fixture.write("others", await fixture.formatSigner("eve@example.org", stranger));
    const tip = await fixture.commit({ parents: [base], key: stranger });
    await fixture.git("config", "gpg.ssh.allowedSignersFile", strangers);
    const variables = {
      GIT_CONFIG_COUNT: "1",
      GIT_CONFIG_KEY_0: "gpg.ssh.allowedSignersFile",
      GIT_CONFIG_VALUE_0: strangers,
      GIT_CONFIG_PARAMETERS: `'gpg.ssh.allowedSignersFile=${strangers}'`,
    };
    const checking = withVariables(variables, () => check(base, tip));
    await expect(checking).rejects.toMatchObject({ code: "revision-untrusted" });
    await fixture.git("config", "--unset", "gpg.ssh.allowedSignersFile");
  });

  it("is used when it is a link to a safe file", async () => {
    const tip = await fixture.commit({ parents: [base], key: alice });
    const link = join(fixture.directory, "link");
    await symlink(rules.allowedSigners ?? "", link);
    await allow(await fixture.formatSigner("alice@example.org", alice));
    expect(await check(base, tip, { ...rules, allowedSigners: link })).toMatchObject({ verified: 1 });
  });

  it.each([
    ["is missing", () => rm(join(fixture.directory, "signers")), /cannot read .*no such file/],
    ["others may write", () => chmod(join(fixture.directory, "signers"), 0o646), /other users may write it/],
    ["a group may write", () => chmod(join(fixture.directory, "signers"), 0o664), /other users may write it/],
    [
      "is a directory",
      async () => {
        await rm(join(fixture.directory, "signers"));
        await mkdir(join(fixture.directory, "signers"));
      },
      /not a regular file/,
    ],
  ])("that %s is not used", async (_what, spoil, message) => {
    const tip = await fixture.commit({ parents: [base], key: alice });
    const path = await fixture.write("signers", await fixture.formatSigner("alice@example.org", alice));
    await spoil();
    await expect(check(base, tip, { allowedSigners: path, commits: "every" })).rejects.toMatchObject({
      code: "config-invalid",
      subject: path,
      message: expect.stringMatching(message),
    });
  });

  it.skipIf(!isRoot)("that belongs to another user is not used", async () => {
    const tip = await fixture.commit({ parents: [base], key: alice });
    const path = await fixture.write("signers", await fixture.formatSigner("alice@example.org", alice));
    await chown(path, 65_534, 65_534);
    await expect(check(base, tip, { allowedSigners: path, commits: "every" })).rejects.toMatchObject({
      code: "config-invalid",
      hint: expect.stringContaining(`chown root ${path}`),
    });
  });
});
