import {
  access,
  chmod,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  rm,
  stat,
  symlink,
  writeFile,
} from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { generateX25519Identity, identityToRecipient } from "age-encryption";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { openSecretStore, type SecretStore } from "../../../src/cli/compose-secrets.ts";
import { AgentError } from "../../../src/core/model/errors.ts";
import { generateIdentityFile } from "../../../src/secrets/authoring/keygen.ts";
import { createOpener } from "../../../src/secrets/formats/age-file.ts";
import { readSecretFile } from "../../support/values/secret-file.ts";

let directory: string;
let keys: Record<"admin" | "leaver" | "web" | "media", string>;
const top = { text: "web.service/key", layer: null };
const keyPath = "secrets/web.service/key.age";

beforeEach(async () => {
  directory = await mkdtemp(path.join(tmpdir(), "authoring-"));
  keys = {
    admin: await generateX25519Identity(),
    leaver: await generateX25519Identity(),
    web: await generateX25519Identity(),
    media: await generateX25519Identity(),
  };
  await mkdir(at(".git"));
  await put("units/web.service", "[Service]\nExecStart=/bin/true\n");
  await put("roles/media/units/jellyfin.service", "[Service]\nExecStart=/bin/true\n");
  for (const [name, key] of Object.entries(keys))
    await put(`../${path.basename(directory)}/${name}.txt`, key, 0o600);
  await writeConfig(["admin"]);
});
afterEach(async () => {
  await rm(directory, { recursive: true });
});

function at(...parts: string[]): string {
  return path.join(directory, ...parts);
}

async function put(file: string, text: string, mode = 0o644): Promise<void> {
  await mkdir(path.dirname(at(file)), { recursive: true });
  await writeFile(at(file), text);
  await chmod(at(file), mode);
}

async function writeConfig(
  admins: readonly (keyof typeof keys)[],
  mediaKey: keyof typeof keys | null = "media",
) {
  const recipient = async (name: keyof typeof keys) => await identityToRecipient(keys[name]);
  const media = mediaKey === null ? "" : `, recipient: ${await recipient(mediaKey)}`;
  await put(
    "gitops.yaml",
    [
      `admins: [${(await Promise.all(admins.map(recipient))).join(", ")}]`,
      "hosts:",
      `  web-1: { recipient: ${await recipient("web")} }`,
      `  media-1: { roles: [media]${media} }`,
    ].join("\n"),
  );
}

async function open(): Promise<SecretStore> {
  return await openSecretStore(directory);
}

/** The names of the keys that can decrypt a file of the repository, and what they get. */
async function readersOf(file: string): Promise<Record<string, string>> {
  const bytes = await readFile(at(file));
  const readers: Record<string, string> = {};
  for (const [name, key] of Object.entries(keys)) {
    const opener = createOpener([{ key, describeRecipient: () => identityToRecipient(key) }]);
    const opened = await opener.open(readSecretFile(file, bytes));
    if ("plaintext" in opened) readers[name] = Buffer.from(opened.plaintext).toString();
  }
  return readers;
}

async function refusalOf(promise: Promise<unknown>): Promise<AgentError> {
  const error: unknown = await promise.then(
    () => new Error("nothing was refused"),
    (reason: unknown) => reason,
  );
  if (!(error instanceof AgentError)) throw error;
  return error;
}

describe("setting a secret", () => {
  test("writes an armored file that the hosts of its layer and the administrators can decrypt, nobody else", async () => {
    await (await open()).write(top, Buffer.from("one"));
    expect(await readersOf(keyPath)).toEqual({ admin: "one", web: "one", media: "one" });
    await (await open()).write({ text: "jellyfin.service/token", layer: null }, Buffer.from("two"));
    const inRole = "roles/media/secrets/jellyfin.service/token.age";
    expect(await readersOf(inRole)).toEqual({ admin: "two", media: "two" });
    expect(await readFile(at(inRole), "utf8")).toMatch(
      /^-----BEGIN AGE ENCRYPTED FILE-----\n[\s\S]*-----\n$/,
    );
  });

  test("replaces the value at the same place, and leaves nothing beside it", async () => {
    await (await open()).write(top, Buffer.from("one"));
    await (await open()).write(top, Buffer.from("two"));
    expect((await readersOf(keyPath))["web"]).toBe("two");
    expect(await readdir(at("secrets/web.service"))).toEqual(["key.age"]);
    expect((await stat(at(keyPath))).mode & 0o777).toBe(0o644);
  });

  test("for one host it is not encrypted for the others, and the shared one no longer for that host", async () => {
    await (await open()).write({ ...top, layer: "host:media-1" }, Buffer.from("own"));
    expect(await readersOf("hosts/media-1/secrets/web.service/key.age")).toEqual({
      admin: "own",
      media: "own",
    });
    await (await open()).write({ ...top, layer: "top" }, Buffer.from("shared"));
    expect(await readersOf(keyPath)).toEqual({ admin: "shared", web: "shared" });
  });

  test("works from a directory within the checkout, where a shell completes paths", async () => {
    const store = await openSecretStore(at("roles/media"));
    expect(store.locate(top).path).toBe(keyPath);
  });

  test("is refused as long as a host that gets it has no recipient, before anybody types a value", async () => {
    await writeConfig(["admin"], null);
    const error = await refusalOf(open().then((store) => store.locate(top)));
    expect([error.code, error.message]).toEqual([
      "config-invalid",
      expect.stringContaining("media-1 could not"),
    ]);
    expect(error.hint).toContain("ssh-keyscan");
  });

  test("without any host there is nobody to encrypt for", async () => {
    await put("gitops.yaml", `admins: [${await identityToRecipient(keys.admin)}]`);
    const error = await refusalOf(open().then((store) => store.locate(top)));
    expect(error.hint).toContain("hosts:");
  });

  test.each([
    ["nothing at all", "web.service/key", "", "nothing"],
    ["more than 1 MiB", "web.service/key", "x".repeat(1024 * 1024 + 1), "1 MiB"],
    ["what is no environment file", "web.service/app.env", "export TOKEN=hunter2", "line 1"],
  ])("%s is refused, and nothing is written", async (_, text, value, words) => {
    const store = await open();
    const error = await refusalOf(store.write({ text, layer: null }, Buffer.from(value)));
    expect([error.code, error.message]).toEqual(["usage", expect.stringContaining(words)]);
    expect(`${error.stack}${error.hint}`).not.toContain("hunter2");
    await expect(access(at("secrets"))).rejects.toThrow();
  });

  test("does not leave the checkout through a symlink", async () => {
    await mkdir(at("elsewhere"));
    await symlink(at("elsewhere"), at("secrets"));
    const error = await refusalOf(open().then((store) => store.write(top, Buffer.from("x"))));
    expect([error.code, error.message]).toEqual([
      "host-write-failed",
      expect.stringContaining("not a directory"),
    ]);
    expect(await readdir(at("elsewhere"))).toEqual([]);
  });
});

describe("editing a secret", () => {
  const admin = () => [at("admin.txt")];

  beforeEach(async () => {
    await (await open()).write(top, Buffer.from("old"));
  });

  test("shows the value in a private file in memory, which is gone afterwards", async () => {
    let seen = "";
    await (await open()).edit(top, admin(), async (file) => {
      seen = file;
      expect(await readFile(file, "utf8")).toBe("old");
      expect([(await stat(file)).mode & 0o777, (await stat(path.dirname(file))).mode & 0o777]).toEqual([
        0o600, 0o700,
      ]);
      await writeFile(`${file}.swp`, "old");
      await writeFile(file, "new");
    });
    expect(await readersOf(keyPath)).toEqual({ admin: "new", web: "new", media: "new" });
    await expect(access(path.dirname(seen))).rejects.toThrow();
  });

  test("an editor that replaces the file instead of writing to it is fine", async () => {
    await (await open()).edit(top, admin(), async (file) => {
      await rm(file);
      await writeFile(file, "new");
    });
    expect((await readersOf(keyPath))["web"]).toBe("new");
  });

  test("without a change leaves the encrypted file byte for byte as it is", async () => {
    const before = await readFile(at(keyPath));
    expect(await (await open()).edit(top, admin(), async () => {})).toBeNull();
    expect(await readFile(at(keyPath))).toEqual(before);
  });

  test("leaves no file behind when the editor fails, removes it, empties it, or makes it too large", async () => {
    const before = await readFile(at(keyPath));
    const seen: string[] = [];
    const edits = [
      async (): Promise<void> => Promise.reject(new AgentError("usage", "the editor failed")),
      async (file: string) => rm(file),
      async (file: string) => writeFile(file, ""),
      async (file: string) => writeFile(file, "x".repeat(1024 * 1024 + 1)),
    ];
    for (const edit of edits) {
      const store = await open();
      const refused = store.edit(top, admin(), async (file) => {
        seen.push(path.dirname(file));
        await edit(file);
      });
      expect((await refusalOf(refused)).code).toBe("usage");
    }
    expect(seen).toHaveLength(4);
    for (const place of seen) await expect(access(place)).rejects.toThrow();
    expect(await readFile(at(keyPath))).toEqual(before);
  });

  test("needs a key that can decrypt it, and says which keys it tried", async () => {
    const store = await open();
    const edit = async () => Promise.reject(new Error("the editor must not start"));
    const error = await refusalOf(store.edit(top, [at("leaver.txt")], edit));
    expect(error.code).toBe("secret-undecryptable");
    expect(error.message).toContain(await identityToRecipient(keys.leaver));
    expect((await refusalOf(store.edit(top, [at("none.txt")], edit))).message).toContain("does not exist");
  });
});

describe("rekeying", () => {
  const secrets = ["web.service/a", "web.service/b", "jellyfin.service/c"];
  const paths = [
    "secrets/web.service/a.age",
    "secrets/web.service/b.age",
    "roles/media/secrets/jellyfin.service/c.age",
  ];

  beforeEach(async () => {
    await writeConfig(["admin", "leaver"]);
    for (const text of secrets)
      await (await open()).write({ text, layer: null }, Buffer.from(`value of ${text}`));
  });

  test("takes the key of somebody who left away everywhere; the values stay", async () => {
    expect(Object.keys(await readersOf(paths[0] ?? "")).sort()).toEqual(["admin", "leaver", "media", "web"]);
    await writeConfig(["admin"]);
    expect((await open()).report().diagnostics.map(({ code }) => code)).toEqual(
      Array(3).fill("secret-reader-extra"),
    );
    const written = await (await open()).rekey([], [at("admin.txt")]);
    expect(written.map((target) => target.path).sort()).toEqual([...paths].sort());
    expect((await open()).report().diagnostics).toEqual([]);
    for (const [index, file] of paths.entries()) {
      const readers = await readersOf(file);
      expect(readers).not.toHaveProperty("leaver");
      expect(readers["admin"]).toBe(`value of ${secrets[index]}`);
    }
  });

  test("only what was named is touched", async () => {
    const before = await Promise.all(paths.map((file) => readFile(at(file), "utf8")));
    await writeConfig(["admin"]);
    await (await open()).rekey([{ text: secrets[1] ?? "", layer: null }], [at("admin.txt")]);
    const after = await Promise.all(paths.map((file) => readFile(at(file), "utf8")));
    expect(after.map((text, index) => text === before[index])).toEqual([true, false, true]);
  });

  test("one secret that cannot be decrypted leaves all as they are, and is named", async () => {
    const stranger = await identityToRecipient(await generateX25519Identity());
    const { encryptFor, parseRecipient } = await import("../../../src/secrets/formats/recipients.ts");
    await writeFile(at(paths[1] ?? ""), await encryptFor([parseRecipient(stranger)], Buffer.from("x")));
    const before = await Promise.all(paths.map((file) => readFile(at(file), "utf8")));
    const error = await refusalOf((await open()).rekey([], [at("admin.txt")]));
    expect(error.diagnostics.map(({ file }) => file)).toEqual([paths[1]]);
    expect(await Promise.all(paths.map((file) => readFile(at(file), "utf8")))).toEqual(before);
  });
});

describe("a new identity", () => {
  test("is private from the first byte, in a directory that is made for it, and never overwritten", async () => {
    const file = at("new/place/identity.txt");
    const { recipient } = await generateIdentityFile({ file, postQuantum: false, now: 0 });
    const text = await readFile(file, "utf8");
    expect(text).toContain(`# public key: ${recipient}`);
    expect([(await stat(file)).mode & 0o777, (await stat(path.dirname(file))).mode & 0o777]).toEqual([
      0o600, 0o700,
    ]);
    const error = await refusalOf(generateIdentityFile({ file, postQuantum: true, now: 0 }));
    expect([error.code, error.subject]).toEqual(["usage", file]);
    expect(await readFile(file, "utf8")).toBe(text);
    expect(await readdir(path.dirname(file))).toEqual(["identity.txt"]);
  });
});
