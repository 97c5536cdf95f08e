import { chmod, mkdtemp, rm, stat, truncate, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { Encrypter, generateX25519Identity, identityToRecipient } from "age-encryption";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { secretFormats } from "../../../src/core/desired/age-format.ts";
import { AgentError, type Diagnostic } from "../../../src/core/model/errors.ts";
import { credentialKey, type SecretFile } from "../../../src/core/model/secret-format.ts";
import type { SnapshotFile } from "../../../src/core/model/snapshot.ts";
import type { OpenedSecret, SecretsPort, StoredSecret } from "../../../src/core/ports/secrets.ts";
import { createSecrets } from "../../../src/secrets/store/decrypt.ts";
import { secretFileOf, severalFormat } from "../../support/values/secret-file.ts";

let directory: string;
let identityPath: string;
let identity: string;
let warnings: Diagnostic[];

const formats = [...secretFormats, severalFormat];

beforeEach(async () => {
  directory = await mkdtemp(path.join(tmpdir(), "decrypt-"));
  identityPath = path.join(directory, "identity.txt");
  identity = await generateX25519Identity();
  await writeFile(identityPath, `${identity}\n`, { mode: 0o600 });
  warnings = [];
});
afterEach(async () => {
  await rm(directory, { recursive: true });
});

function makeSecrets(identityPaths: readonly string[] = [identityPath]): SecretsPort {
  return createSecrets({
    formats,
    identityPaths,
    stateDirectory: path.join(directory, "state"),
    warn: (diagnostic) => warnings.push(diagnostic),
  });
}

async function encryptFor(key: string, name: string, plaintext: string): Promise<SecretFile> {
  return secretFileOf(await encryptFile(key, `${name}.age`, plaintext), formats);
}

async function encryptFile(key: string, name: string, plaintext: string): Promise<SnapshotFile> {
  const encrypter = new Encrypter();
  encrypter.addRecipient(await identityToRecipient(key));
  const bytes = await encrypter.encrypt(plaintext);
  return { path: `secrets/web.service/${name}`, mode: "file", bytes, blob: name };
}

/** The same file with something else about it. */
function alter(secret: SecretFile, changes: Partial<SnapshotFile>): SecretFile {
  return secretFileOf({ ...secret.file, ...changes }, formats);
}

/** What one file gives, as text. */
function textsOf({ unit, items }: SecretFile, opened: ReadonlyMap<string, OpenedSecret>): string {
  const values = items.map(({ name }) => opened.get(credentialKey({ unit, name }))?.bytes);
  return values.map((bytes) => new TextDecoder().decode(bytes)).join("+");
}

async function refusalOf(promise: Promise<unknown>): Promise<AgentError> {
  const error: unknown = await promise.then(
    () => new Error("nothing was refused"),
    (reason: unknown) => reason,
  );
  if (!(error instanceof AgentError)) throw error;
  return error;
}

describe("decrypting all secrets of a revision", () => {
  test("many files come back, each by what it gives", async () => {
    const files = await Promise.all(
      Array.from({ length: 30 }, (_, index) => encryptFor(identity, `key${index}`, `value ${index}`)),
    );
    const opened = await makeSecrets().openAll(files, []);
    const texts = files.map((file) => textsOf(file, opened));
    expect(texts).toEqual(files.map((_, index) => `value ${index}`));
  });

  test("one bad file among good ones fails all, and every bad one is named with its own cause", async () => {
    const foreign = await encryptFor(await generateX25519Identity(), "foreign", "top-secret");
    const good = await encryptFor(identity, "good", "top-secret");
    const cut = alter(good, { path: "secrets/web.service/cut.age", bytes: good.file.bytes.subarray(0, -3) });
    const clear = alter(good, { path: "secrets/web.service/clear.age", bytes: Buffer.from("top-secret") });
    const error = await refusalOf(makeSecrets().openAll([good, foreign, cut, clear], []));
    expect(error.code).toBe("secret-undecryptable");
    expect(error.diagnostics.map(({ file, code }) => [file, code])).toEqual([
      [foreign.file.path, "secret-wrong-recipient"],
      [cut.file.path, "secret-damaged"],
      [clear.file.path, "secret-not-age"],
    ]);
    for (const { file } of [foreign, cut, clear]) expect(error.message).toContain(file.path);
    expect(error.hint).toContain(await identityToRecipient(identity));
    expect(`${error.stack} ${JSON.stringify(error)} ${String(error.cause)}`).not.toMatch(
      /top-secret|AGE-SECRET/,
    );
  });

  test("a file that has several values gives each, checked for how it is delivered", async () => {
    const open = async (name: string, plaintext: string) => {
      const file = secretFileOf(await encryptFile(identity, `${name}.several`, plaintext), formats);
      return textsOf(file, await makeSecrets().openAll([file], []));
    };
    expect(await open("user+TOKEN", "user=u\nTOKEN=t\n")).toBe("u+TOKEN=t");
    const codesOf = async (name: string, plaintext: string) =>
      (await refusalOf(open(name, plaintext))).diagnostics.map(({ code }) => code);
    expect(await codesOf("user+password", "user=u\n")).toEqual(["secret-incomplete"]);
    expect(await codesOf("user+password", "user=u\npassword=\n")).toEqual(["secret-empty"]);
    expect(await codesOf("user+TOKEN", "user=u\nTOKEN='t\n")).toEqual(["secret-not-environment"]);
  });

  test("without secrets no identity is needed", async () => {
    expect((await makeSecrets([]).openAll([], [])).size).toBe(0);
  });

  test("a replaced identity is used at once, and a file passed over is reported once", async () => {
    const secrets = makeSecrets([path.join(directory, "missing"), identityPath]);
    await secrets.openAll([await encryptFor(identity, "a", "1")], []);
    const next = await generateX25519Identity();
    await writeFile(identityPath, next);
    const opened = await secrets.openAll([await encryptFor(next, "a", "2")], []);
    expect([...opened.values()].map(({ bytes }) => new TextDecoder().decode(bytes))).toEqual(["2"]);
    expect(warnings.map(({ code }) => code)).toEqual(["identity-skipped"]);
  });
});

describe("what is stored already", () => {
  let readable: Map<string, Uint8Array>;
  let read: string[];

  beforeEach(() => {
    readable = new Map();
    read = [];
  });

  function makeCaching(paths: readonly string[] = [identityPath]): SecretsPort {
    return createSecrets({
      formats,
      identityPaths: paths,
      stateDirectory: path.join(directory, "state"),
      readStored: async (unit, name) => {
        read.push(`${unit}/${name}`);
        return readable.get(`${unit}/${name}`) ?? null;
      },
      warn: (diagnostic) => warnings.push(diagnostic),
    });
  }

  /** Decrypts and stores, as a sync does; returns what the inventory keeps. */
  async function store(files: readonly SecretFile[]): Promise<StoredSecret[]> {
    const opened = await makeCaching().openAll(files, []);
    return files.flatMap(({ unit, items }) =>
      items.map(({ name }) => {
        const secret = opened.get(credentialKey({ unit, name }));
        if (secret === undefined) throw new Error(`${name} was not opened`);
        readable.set(`${unit}/${name}`, secret.bytes);
        return { unit, name, digest: secret.digest, cacheKey: secret.cacheKey };
      }),
    );
  }

  /** The same file to the cache, but nothing that could be decrypted. */
  function spoil(file: SecretFile): SecretFile {
    return alter(file, { bytes: Buffer.from("not an age file") });
  }

  test("is read back, not decrypted: only the changed one of many is", async () => {
    const files = await Promise.all(["a", "b", "c"].map((name) => encryptFor(identity, name, `old ${name}`)));
    const stored = await store(files);
    const changed = alter(await encryptFor(identity, "b", "new b"), { blob: "another" });
    const next = files.map((one) => (one.file.path === changed.file.path ? changed : spoil(one)));
    const opened = await makeCaching().openAll(next, stored);
    const texts = next.map((file) => textsOf(file, opened));
    expect(texts).toEqual(["old a", "new b", "old c"]);
    expect(read.sort()).toEqual(["web.service/a", "web.service/c"]);
    expect(opened.get("web.service/a")).toMatchObject({
      digest: stored[0]?.digest,
      cacheKey: stored[0]?.cacheKey,
    });
  });

  test("is found under another name, too: a moved secret is the same secret", async () => {
    const file = await encryptFor(identity, "a", "value");
    const stored = await store([file]);
    const moved = alter(spoil(file), { path: "roles/web/secrets/web.service/renamed.age" });
    const opened = await makeCaching().openAll([moved], stored);
    expect(textsOf(moved, opened)).toBe("value");
  });

  test("is decrypted when it is gone from memory, or somebody altered it there", async () => {
    const file = await encryptFor(identity, "a", "value");
    const stored = await store([file]);
    for (const found of [null, Buffer.from("altered"), Buffer.alloc(0)]) {
      if (found === null) readable.clear();
      else readable.set("web.service/a", found);
      const opened = await makeCaching().openAll([file], stored);
      expect(textsOf(file, opened)).toBe("value");
    }
  });

  test("is tried anew with other identities: a host that lost its key learns it now, not at its next boot", async () => {
    const file = await encryptFor(identity, "a", "value");
    const stored = await store([file]);
    await writeFile(identityPath, await generateX25519Identity());
    const error = await refusalOf(makeCaching().openAll([file], stored));
    expect(error.diagnostics.map(({ code }) => code)).toEqual(["secret-wrong-recipient"]);
  });

  test("does not become environment variables, or a symlink, without the check for these", async () => {
    const file = await encryptFor(identity, "a", "export A=1");
    const stored = await store([file]);
    const environment = alter(file, { path: "secrets/web.service/a.env.age" });
    const link = alter(file, { mode: "symlink" });
    for (const [refused, code] of [
      [environment, "secret-not-environment"],
      [link, "secret-not-age"],
    ] as const) {
      const error = await refusalOf(makeCaching().openAll([refused], stored));
      expect(error.diagnostics.map((diagnostic) => diagnostic.code)).toEqual([code]);
    }
  });

  test("is found for each value of a file that has several, and the file is decrypted when one is gone", async () => {
    const encrypted = await encryptFile(identity, "user+password.several", "user=u\npassword=p\n");
    const file = secretFileOf(encrypted, formats);
    const stored = await store([file]);
    expect(stored.map(({ name }) => name)).toEqual(["user", "password"]);
    expect(new Set(stored.map(({ cacheKey }) => cacheKey)).size).toBe(2);
    const recalled = await makeCaching().openAll([spoil(file)], stored);
    expect(textsOf(file, recalled)).toBe("u+p");
    readable.delete("web.service/password");
    expect(textsOf(file, await makeCaching().openAll([file], stored))).toBe("u+p");
    const error = await refusalOf(makeCaching().openAll([spoil(file)], stored));
    expect(error.diagnostics.map(({ code }) => code)).toEqual(["secret-not-age"]);
  });

  test("is told apart by keys that show nothing of the identity or the plaintext", async () => {
    const stored = await store([
      await encryptFor(identity, "a", "value"),
      await encryptFor(identity, "b", "value"),
    ]);
    expect(stored.map(({ cacheKey }) => cacheKey)).toEqual([
      expect.stringMatching(/^hmac-sha256:[0-9a-f]{64}$/),
      expect.stringMatching(/^hmac-sha256:[0-9a-f]{64}$/),
    ]);
    expect(stored[0]?.cacheKey).not.toBe(stored[1]?.cacheKey);
    expect(stored[0]?.digest).toBe(stored[1]?.digest);
  });
});

describe("digests of plaintexts", () => {
  const keyPath = () => path.join(directory, "state", "hmac.key");

  /** The digest that a process which has just started gives to a secret of this content. */
  async function digestOf(plaintext: string): Promise<string> {
    const file = await encryptFor(identity, "key", plaintext);
    const opened = await makeSecrets().openAll([file], []);
    return opened.get("web.service/key")?.digest ?? "none";
  }

  test("are equal for equal plaintexts, also in the next process, and differ on another host", async () => {
    const digest = await digestOf("hunter2");
    expect(digest).toMatch(/^hmac-sha256:[0-9a-f]{64}$/);
    expect(await digestOf("hunter2")).toBe(digest);
    expect(await digestOf("hunter3")).not.toBe(digest);
    await rm(keyPath());
    expect(await digestOf("hunter2")).not.toBe(digest);
  });

  test("the key has 32 bytes that only its owner can read, in a directory of its own", async () => {
    await digestOf("hunter2");
    const stats = await stat(keyPath());
    expect([stats.size, stats.mode & 0o7777]).toEqual([32, 0o600]);
    expect((await stat(path.dirname(keyPath()))).mode & 0o7777).toBe(0o700);
  });

  test("agents that create the key at the same time agree", async () => {
    const digests = await Promise.all(Array.from({ length: 12 }, () => digestOf("hunter2")));
    expect(new Set(digests).size).toBe(1);
  });

  test("a truncated or public key is refused, never replaced", async () => {
    await digestOf("hunter2");
    await chmod(keyPath(), 0o644);
    const readable = await refusalOf(digestOf("hunter2"));
    expect([readable.code, readable.subject]).toEqual(["state-unreadable", keyPath()]);
    await chmod(keyPath(), 0o600);
    await truncate(keyPath(), 7);
    expect((await refusalOf(digestOf("hunter2"))).message).toContain("7 bytes");
    expect((await stat(keyPath())).size).toBe(7);
  });
});
