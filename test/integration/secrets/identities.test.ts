import { execFile } from "node:child_process";
import { chmod, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { promisify } from "node:util";
import { generateHybridIdentity, generateX25519Identity, identityToRecipient } from "age-encryption";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { AgentError } from "../../../src/core/model/errors.ts";
import { loadIdentities } from "../../../src/secrets/formats/identities.ts";

const run = promisify(execFile);
/** ssh-keygen without a key file to read ends with a complaint; without the program there is no exit code. */
const hasSshKeygen = await run("ssh-keygen", ["-l", "-f", "/dev/null"]).then(
  () => true,
  (error: { readonly code?: unknown }) => error.code !== "ENOENT",
);
const hasAge = await run("age-keygen", ["--version"]).then(
  () => true,
  () => false,
);
let directory: string;

beforeEach(async () => {
  directory = await mkdtemp(path.join(tmpdir(), "identities-"));
});
afterEach(async () => {
  await rm(directory, { recursive: true });
});

async function put(name: string, text: string, mode = 0o600): Promise<string> {
  const file = path.join(directory, name);
  await writeFile(file, text);
  await chmod(file, mode);
  return file;
}

async function makeSshKey(type: string, passphrase: string): Promise<string> {
  const file = path.join(directory, `ssh_host_${type}_key${passphrase}`);
  await run("ssh-keygen", ["-q", "-t", type, "-N", passphrase, "-C", "root@host", "-f", file]);
  return file;
}

async function refusalOf(paths: readonly string[]): Promise<AgentError> {
  const error: unknown = await loadIdentities(paths).then(
    () => new Error("nothing was refused"),
    (reason: unknown) => reason,
  );
  if (!(error instanceof AgentError)) throw error;
  expect(error.code).toBe("identity-unusable");
  return error;
}

/** Everything that a log could show of an error. */
function everythingOf(error: AgentError): string {
  const cause =
    error.cause instanceof Error ? `${error.cause.message} ${error.cause.stack}` : String(error.cause);
  return [error.message, error.stack, error.hint, error.subject, cause, JSON.stringify(error)].join("\n");
}

describe("identity files", () => {
  test("several keys of both kinds with comments and blank lines load in order", async () => {
    const [first, second] = [await generateX25519Identity(), await generateHybridIdentity()];
    const file = await put(
      "identity.txt",
      `# created: today\n# public key: age1…\n${first}\n\n  ${second}\r\n`,
    );
    const { identities, warnings } = await loadIdentities([file]);
    expect(identities.map(({ key }) => key)).toEqual([first, second]);
    expect(warnings).toEqual([]);
    expect(await identities[0]?.describeRecipient()).toBe(await identityToRecipient(first));
  });

  test.skipIf(!hasAge)("a file made by age-keygen loads (skipped without age-keygen)", async () => {
    const file = path.join(directory, "key.txt");
    await run("age-keygen", ["-o", file]);
    expect((await loadIdentities([file])).identities).toHaveLength(1);
  });

  test.each(["0640", "0604", "0644", "0660"])(
    "a file with mode %s is refused with the chmod to run",
    async (mode) => {
      const key = await generateX25519Identity();
      const file = await put("identity.txt", key, Number.parseInt(mode, 8));
      const error = await refusalOf([file]);
      expect(error.message).toContain(`${file}: its permissions (${mode})`);
      expect(error.hint).toContain(`chmod 600 ${file}`);
    },
  );

  test("a missing file is passed over with a warning while another file has an identity", async () => {
    const key = await generateX25519Identity();
    const [good, missing] = [await put("identity.txt", key), path.join(directory, "missing.txt")];
    const loaded = await loadIdentities([missing, good]);
    expect(loaded.identities.map((identity) => identity.key)).toEqual([key]);
    expect(loaded.warnings.map(({ file }) => file)).toEqual([missing]);
  });

  test("missing files alone, and no file at all, are errors that say so", async () => {
    const missing = path.join(directory, "missing.txt");
    expect((await refusalOf([missing])).message).toContain("does not exist");
    expect((await refusalOf([])).message).toContain("no identity is configured");
    const both = await refusalOf([missing, path.join(directory, "other.txt")]);
    expect(both.diagnostics).toHaveLength(2);
  });

  test("the fingerprint is of the content: the same for a copy, another for another key", async () => {
    const [one, other] = [await generateX25519Identity(), await generateX25519Identity()];
    const fingerprintOf = async (text: string) =>
      (await loadIdentities([await put("id.txt", text)])).fingerprint;
    expect(await fingerprintOf(one)).toBe(await fingerprintOf(one));
    expect(await fingerprintOf(other)).not.toBe(await fingerprintOf(one));
    expect(await fingerprintOf(one)).not.toContain(one.slice(16));
  });

  test("a damaged key is refused by line, and neither it nor a good one beside it appears anywhere", async () => {
    const key = await generateX25519Identity();
    const other = await generateX25519Identity();
    const damaged = key.slice(0, 40) + (key[40] === "Q" ? "P" : "Q") + key.slice(41);
    const file = await put("identity.txt", `${other}\n${damaged}\n`);
    const error = await refusalOf([file]);
    expect(error.message).toContain(`${file}:2`);
    for (const secret of [key, damaged, other]) {
      expect(everythingOf(error).toUpperCase()).not.toContain(secret.slice(16, 36));
    }
  });

  test.each([
    ["an ssh public key", "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIN0i root@host", "public key"],
    ["a recipient", "age1ql3z7hjy54pw3hyww5ayyfg7zqgvc7w3j2elw8zmrj2kg5sfn9aqmcac8p", "public key"],
    ["a plugin identity", "AGE-PLUGIN-YUBIKEY-1QGQSXQEZR3", "plugins"],
    ["a lower-case key", "age-secret-key-1abc", "not an age identity"],
    ["an encrypted identity file", "age-encryption.org/v1\n-> scrypt abc 18\n", "passphrase"],
    ["only comments", "# nothing\n", "no identity in it"],
    ["an empty file", "", "no identity in it"],
  ])("%s is refused with its own words", async (_, text, words) => {
    expect((await refusalOf([await put("identity.txt", text)])).message).toContain(words);
  });

  test.skipIf(!hasSshKeygen)(
    "the host's ssh key loads beside age's own (skipped without ssh-keygen)",
    async () => {
      const age = await put("identity.txt", await generateX25519Identity());
      const ssh = await makeSshKey("ed25519", "");
      const { identities, warnings } = await loadIdentities([ssh, age]);
      expect([identities.length, warnings]).toEqual([2, []]);
      const [type, key] = (await readFile(`${ssh}.pub`, "utf8")).split(" ");
      expect(await identities[0]?.describeRecipient()).toBe(`${type} ${key}`);
    },
  );

  test.skipIf(!hasSshKeygen)(
    "an ssh key with a passphrase, and one of another kind, are refused",
    async () => {
      const locked = await refusalOf([await makeSshKey("ed25519", "hunter2")]);
      expect(locked.message).toContain("protected by a passphrase");
      expect(locked.hint).toContain("keygen");
      const rsa = await refusalOf([await makeSshKey("rsa", "")]);
      expect(rsa.message).toContain("another kind than ssh-ed25519");
      expect(rsa.hint).toContain("ed25519");
    },
  );

  test.skipIf(!hasSshKeygen)("an ssh key that others can read is refused", async () => {
    const ssh = await makeSshKey("ed25519", "");
    await chmod(ssh, 0o640);
    expect((await refusalOf([ssh])).message).toContain("(0640)");
  });

  test("a huge file and a directory are refused without being read", async () => {
    const huge = await put("huge.txt", "#".repeat(65 * 1024));
    expect((await refusalOf([huge])).message).toContain("larger than");
    expect((await refusalOf([directory])).message).toContain("not a regular file");
  });
});
