/** Which commits are trusted, by real OpenPGP signatures. */
import { execFileSync } from "node:child_process";
import { mkdir, symlink } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { VerifyRules } from "../../../src/core/model/repository-access.ts";
import {
  createGpgFixture,
  createSigningFixture,
  type GpgFixture,
  type SigningFixture,
  type SigningKey,
} from "../../support/git/signing-fixture.ts";
import { verify, withVariables } from "./verifying.ts";

function findProgram(name: string): string | null {
  try {
    return execFileSync("/bin/sh", ["-c", 'command -v "$1"', "sh", name]).toString().trim();
  } catch {
    return null;
  }
}

const git = findProgram("git");
const canSign = findProgram("gpg") !== null && findProgram("gpg-agent") !== null;
if (!canSign) {
  if (process.env["CI"] === "true") throw new Error("gpg and gpg-agent are not installed");
  process.stderr.write("skipped: OpenPGP tests, gpg is not installed (packages gpg and gpg-agent)\n");
}

describe.skipIf(!canSign)("a history with OpenPGP signatures", () => {
  let fixture: SigningFixture;
  let keyring: GpgFixture;
  let alice: SigningKey;
  let expired: SigningKey;
  let revoked: SigningKey;
  let stranger: SigningKey;
  let base = "";
  let rules: VerifyRules & { readonly gpgKeys: string };

  beforeAll(async () => {
    fixture = await createSigningFixture();
    keyring = await createGpgFixture(fixture);
    alice = await keyring.createKey("alice");
    expired = await keyring.createKey("expired", { createdAt: "20200101T000000", expires: "2d" });
    revoked = await keyring.createKey("revoked");
    stranger = await keyring.createKey("stranger");
    base = await fixture.commit({});
    const keys = (await keyring.exportKeys(alice, expired)) + (await keyring.revoke(revoked));
    rules = { gpgKeys: await fixture.write("keys.asc", keys), commits: "every" };
  });

  afterAll(async () => {
    await keyring?.stop();
    fixture?.remove();
  });

  const check = (to: string, some: VerifyRules = rules) => verify(fixture, some, base, to);
  const sign = (key: SigningKey, message = "signed") => fixture.commit({ parents: [base], key, message });

  it("is trusted when a key of the file signed it, and says whose it is", async () => {
    const signer = { name: "alice <alice@example.org>", key: expect.stringMatching(/^[0-9A-F]{16,40}$/) };
    expect(await check(await sign(alice))).toEqual({ verified: 1, signers: [signer], tipSigner: signer });
  });

  it("is refused for a key that is not in the file, whatever the caller's own keyring holds", async () => {
    const tip = await sign(stranger);
    const checking = withVariables({ GNUPGHOME: keyring.home, HOME: fixture.directory }, () => check(tip));
    await expect(checking).rejects.toMatchObject({
      code: "revision-untrusted",
      subject: tip,
      message: expect.stringContaining("is not one of the allowed signers"),
      hint: expect.stringContaining(rules.gpgKeys),
    });
  });

  it("is refused for a key that has expired, even for what it signed before", async () => {
    await expect(check(await sign(expired))).rejects.toMatchObject({
      code: "revision-untrusted",
      message: expect.stringMatching(/of expired <expired@example\.org>, which has expired$/),
    });
  });

  it("is refused for a key that was revoked", async () => {
    await expect(check(await sign(revoked))).rejects.toMatchObject({
      code: "revision-untrusted",
      message: expect.stringMatching(/of revoked <revoked@example\.org>, which has been revoked$/),
    });
  });

  it("is refused for a commit that was changed after it was signed", async () => {
    const tip = await fixture.tamper(await sign(alice, "good"), (text) => text.replace(/good\n$/, "evil\n"));
    await expect(check(tip)).rejects.toMatchObject({
      code: "revision-untrusted",
      message: expect.stringContaining("has a bad signature"),
    });
  });

  it("may be mixed with SSH signatures when both files are named, and only then", async () => {
    const bob = await fixture.createSshKey("bob");
    const first = await sign(alice);
    const tip = await fixture.commit({ parents: [first], key: bob });
    const allowedSigners = await fixture.write("signers", await fixture.formatSigner("bob@example.org", bob));
    expect(await check(tip, { ...rules, allowedSigners })).toMatchObject({
      verified: 2,
      signers: [{ name: "bob@example.org" }, { name: "alice <alice@example.org>" }],
    });
    await expect(check(tip)).rejects.toMatchObject({
      subject: tip,
      hint: expect.stringContaining("no allowed-signers file"),
    });
    await expect(check(tip, { allowedSigners, commits: "every" })).rejects.toMatchObject({
      subject: first,
      hint: expect.stringContaining("no gpg-keys file"),
    });
  });

  it("cannot be checked with a file that holds no public keys, or private ones", async () => {
    const tip = await sign(alice);
    const contents = ["", "hello\n", await keyring.exportPrivateKey(alice)];
    for (const content of contents) {
      const gpgKeys = await fixture.write("bad.asc", content);
      await expect(check(tip, { gpgKeys, commits: "every" })).rejects.toMatchObject({
        code: "config-invalid",
        subject: gpgKeys,
        hint: expect.stringContaining("gpg --armor --export"),
      });
    }
  });

  it("cannot be checked without gpg, which is said so", async () => {
    const programs = join(fixture.directory, "only-git");
    await mkdir(programs);
    await symlink(git ?? "", join(programs, "git"));
    const tip = await sign(alice);
    await expect(withVariables({ PATH: programs }, () => check(tip))).rejects.toMatchObject({
      code: "config-invalid",
      message: expect.stringContaining("gpg cannot be started"),
      hint: expect.stringContaining("Install the package gpg"),
    });
  });
});
