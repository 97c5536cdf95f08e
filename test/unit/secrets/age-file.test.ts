import {
  armor,
  Encrypter,
  generateHybridIdentity,
  generateX25519Identity,
  identityToRecipient,
} from "age-encryption";
import { describe, expect, test } from "vitest";
import type { SnapshotFile } from "../../../src/core/model/snapshot.ts";
import { type AgeFileOpener, createOpener, type OpenedFile } from "../../../src/secrets/formats/age-file.ts";
import { secretFileOf } from "../../support/values/secret-file.ts";

function openerFor(identities: readonly string[]): AgeFileOpener {
  return createOpener(identities.map((key) => ({ key, describeRecipient: () => identityToRecipient(key) })));
}

const secretText = "hunter2-in-clear-text";

async function encrypt(
  plaintext: Uint8Array | string,
  ...identities: readonly string[]
): Promise<Uint8Array> {
  const encrypter = new Encrypter();
  for (const identity of identities) encrypter.addRecipient(await identityToRecipient(identity));
  return await encrypter.encrypt(plaintext);
}

function fileOf(bytes: Uint8Array | string, mode: SnapshotFile["mode"] = "file", name = "key.age") {
  return secretFileOf({ path: `secrets/web.service/${name}`, mode, bytes: Buffer.from(bytes), blob: "0" });
}

function textOf(opened: OpenedFile): string {
  return "failure" in opened
    ? `failed: ${opened.failure.code}`
    : [...opened.values.values()].map((value) => new TextDecoder().decode(value)).join("+");
}

function failureOf(opened: OpenedFile) {
  if (!("failure" in opened)) throw new Error("the file was opened");
  return opened.failure;
}

describe("opening an age file", () => {
  test("binary, armored, and armored with CRLF line ends open alike", async () => {
    const identity = await generateX25519Identity();
    const binary = await encrypt(secretText, identity);
    const armored = armor.encode(binary);
    const opener = openerFor([identity]);
    for (const bytes of [binary, armored, `\n${armored}\n`, armored.replaceAll("\n", "\r\n")]) {
      expect(textOf(await opener.open(fileOf(bytes)))).toBe(secretText);
    }
  });

  test("a post-quantum identity opens a file that is encrypted for it", async () => {
    const identity = await generateHybridIdentity();
    const file = fileOf(await encrypt(secretText, identity));
    expect(textOf(await openerFor([identity]).open(file))).toBe(secretText);
  });

  test("the second of two identities is tried too", async () => {
    const [first, second] = [await generateX25519Identity(), await generateX25519Identity()];
    const file = fileOf(await encrypt(secretText, second));
    expect(textOf(await openerFor([first, second]).open(file))).toBe(secretText);
  });

  test("a file for another host names this host's recipient in the hint", async () => {
    const [ours, theirs] = [await generateX25519Identity(), await generateX25519Identity()];
    const opener = openerFor([ours]);
    const failure = failureOf(await opener.open(fileOf(await encrypt(secretText, theirs))));
    expect(failure.code).toBe("secret-wrong-recipient");
    expect(failure.hint).toContain("{recipients}");
    expect(await opener.describeRecipients()).toBe(await identityToRecipient(ours));
  });

  test("a file with a passphrase is told apart from one for another host", async () => {
    const encrypter = new Encrypter();
    encrypter.setScryptWorkFactor(2);
    encrypter.setPassphrase("correct horse");
    const file = fileOf(await encrypter.encrypt(secretText));
    const failure = failureOf(await openerFor([await generateX25519Identity()]).open(file));
    expect(failure.message).toContain("passphrase");
  });

  test("environment variables are checked after decryption, other secrets are not", async () => {
    const identity = await generateX25519Identity();
    const opener = openerFor([identity]);
    const bytes = await encrypt("export A=hunter2\n", identity);
    expect(textOf(await opener.open(fileOf(bytes)))).toBe("export A=hunter2\n");
    const environment = failureOf(await opener.open(fileOf(bytes, "file", "app.env.age")));
    expect(environment.code).toBe("secret-not-environment");
    expect(JSON.stringify(environment)).not.toContain("hunter2");
    expect(environment.message).toContain("line 1");
  });

  test("cut off anywhere, or with one bit turned anywhere, a file for us is damaged or not an age file", async () => {
    const identity = await generateX25519Identity();
    const opener = openerFor([identity]);
    const binary = await encrypt(secretText, identity);
    for (let position = 25; position < binary.length; position += 7) {
      const cut = failureOf(await opener.open(fileOf(binary.subarray(0, position))));
      expect(cut.code).toBe("secret-damaged");
      const flipped = Buffer.from(binary);
      flipped[position] = (flipped[position] ?? 0) ^ 1;
      const { code } = failureOf(await opener.open(fileOf(flipped)));
      // A change in the recipient's stanza looks like a file for somebody else; never like a secret.
      expect(["secret-damaged", "secret-wrong-recipient"]).toContain(code);
    }
  });

  test("a secret that somebody forgot to encrypt is not repeated", async () => {
    const opener = openerFor([await generateX25519Identity()]);
    const sources = [secretText, "", `age-encryption.org/v1\n${secretText}\n`, `-----BEGIN ${secretText}`];
    for (const bytes of sources) {
      const failure = failureOf(await opener.open(fileOf(bytes)));
      expect(JSON.stringify(failure)).not.toContain("hunter2");
    }
    expect(failureOf(await opener.open(fileOf(secretText))).code).toBe("secret-not-age");
  });

  test("a symlink is not followed and not decrypted", async () => {
    const opener = openerFor([await generateX25519Identity()]);
    const failure = failureOf(await opener.open(fileOf("../../etc/shadow", "symlink")));
    expect(failure.message).toBe("it is a symlink");
  });

  test("an empty plaintext is refused, one byte is not", async () => {
    const identity = await generateX25519Identity();
    const opener = openerFor([identity]);
    expect(failureOf(await opener.open(fileOf(await encrypt("", identity)))).code).toBe("secret-empty");
    expect(textOf(await opener.open(fileOf(await encrypt("x", identity))))).toBe("x");
  });

  test("exactly 1 MiB opens, binary and armored, and one byte more does not", async () => {
    const identity = await generateX25519Identity();
    const opener = openerFor([identity]);
    const largest = await encrypt(new Uint8Array(1024 * 1024), identity);
    for (const bytes of [largest, armor.encode(largest)]) {
      const opened = await opener.open(fileOf(bytes));
      expect("values" in opened && opened.values.get("key")?.byteLength).toBe(1024 * 1024);
    }
    const tooLarge = await encrypt(new Uint8Array(1024 * 1024 + 1), identity);
    expect(failureOf(await opener.open(fileOf(tooLarge))).code).toBe("secret-too-large");
    const farTooLarge = Buffer.concat([
      Buffer.from("age-encryption.org/v1\n"),
      Buffer.alloc(4 * 1024 * 1024),
    ]);
    expect(failureOf(await opener.open(fileOf(farTooLarge))).code).toBe("secret-too-large");
  });
});
