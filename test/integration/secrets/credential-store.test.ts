import {
  chmod,
  chown,
  lstat,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  readlink,
  rm,
  stat,
  statfs,
  symlink,
  writeFile,
} from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { AgentError } from "../../../src/core/model/errors.ts";
import { makeSystemLayout, systemPaths } from "../../../src/core/model/system-layout.ts";
import { isMemoryFilesystem } from "../../../src/secrets/store/credential-directory.ts";
import { CredentialStore } from "../../../src/secrets/store/credential-store.ts";

const isRoot = process.getuid?.() === 0;
const memoryPlace = await findPlace([process.env["XDG_RUNTIME_DIR"], "/dev/shm", "/run"], true);
const diskPlace = await findPlace([tmpdir(), "/var/tmp", process.cwd()], false);
const start = Date.UTC(2026, 10, 20, 8, 30);
const made: string[] = [];
let runtimeDirectory: string;
let time: number;

async function findPlace(places: readonly (string | undefined)[], inMemory: boolean): Promise<string | null> {
  for (const place of places) {
    if (place === undefined) continue;
    const type = await statfs(place).then(
      (found) => found.type,
      () => null,
    );
    if (type !== null && isMemoryFilesystem(type) === inMemory) return place;
  }
  return null;
}

async function makeDirectory(place: string): Promise<string> {
  const directory = await mkdtemp(path.join(place, "gitops-agent-test-"));
  made.push(directory);
  return directory;
}

function layoutBelow(directory: string) {
  return makeSystemLayout({ ...systemPaths, runtimeDirectory: directory });
}

function makeStore(directory = runtimeDirectory): CredentialStore {
  return new CredentialStore({ layout: layoutBelow(directory), now: () => time });
}

function secretOf(unit: string, name: string, text: string) {
  return { unit, name, bytes: Buffer.from(text) };
}

const stored = () => path.join(runtimeDirectory, "credentials");
const currentPath = () => path.join(stored(), "current");

async function refusalOf(promise: Promise<unknown>): Promise<AgentError> {
  const error: unknown = await promise.then(
    () => new Error("nothing was refused"),
    (reason: unknown) => reason,
  );
  if (!(error instanceof AgentError)) throw error;
  return error;
}

afterEach(async () => {
  for (const directory of made.splice(0)) await rm(directory, { recursive: true });
});

describe.skipIf(memoryPlace === null)("the credential store (skipped without a tmpfs to write to)", () => {
  beforeEach(async () => {
    time = start;
    runtimeDirectory = await makeDirectory(memoryPlace ?? "");
  });

  test("a generation holds every credential, 0400 in directories of 0700, and is reached by a relative link", async () => {
    const store = makeStore();
    const generation = await store.writeGeneration([
      secretOf("web.service", "db-password", "one\n"),
      secretOf("ots-worker@.service", "tls.key", "two"),
    ]);
    expect(generation.startsWith("20261120T083000.000Z-")).toBe(true);
    expect(await store.readCurrent()).toBeNull();
    await store.activate(generation);
    expect(await store.readCurrent()).toBe(generation);
    expect(await readlink(currentPath())).toBe(generation);
    const file = path.join(currentPath(), "web.service", "db-password");
    expect(await readFile(path.join(currentPath(), "ots-worker@.service", "tls.key"), "utf8")).toBe("two");
    const modes = await Promise.all(
      [stored(), path.join(stored(), generation), path.dirname(file), file].map(
        async (place) => (await stat(place)).mode & 0o7777,
      ),
    );
    expect(modes).toEqual([0o700, 0o700, 0o700, 0o400]);
    expect((await readdir(stored())).sort()).toEqual([generation, "current"].sort());
  });

  test("a generation that is written but not activated does not change what services see", async () => {
    const store = makeStore();
    await store.activate(await store.writeGeneration([secretOf("web.service", "key", "old")]));
    await store.writeGeneration([secretOf("web.service", "key", "new")]);
    expect(await readFile(path.join(currentPath(), "web.service/key"), "utf8")).toBe("old");
  });

  test("two generations of the same moment differ, and later ones sort behind", async () => {
    const store = makeStore();
    const first = await store.writeGeneration([]);
    const second = await store.writeGeneration([]);
    time += 1;
    const third = await store.writeGeneration([]);
    expect(first).not.toBe(second);
    expect([first, second, third].sort()[2]).toBe(third);
  });

  test("what the current generation holds can be read back, and nothing else", async () => {
    const store = makeStore();
    expect(await store.read("web.service", "key")).toBeNull();
    const generation = await store.writeGeneration([secretOf("web.service", "key", "value")]);
    expect(await store.read("web.service", "key")).toBeNull();
    await store.activate(generation);
    expect(Buffer.from((await store.read("web.service", "key")) ?? []).toString()).toBe("value");
    expect(await store.read("web.service", "other")).toBeNull();
    expect(await store.read("other.service", "key")).toBeNull();
    const file = path.join(stored(), generation, "web.service/key");
    await rm(file);
    await symlink("/etc/passwd", file);
    expect(await store.read("web.service", "key")).toBeNull();
  });

  test("removing the others keeps what is named and takes what an interrupted write left", async () => {
    const store = makeStore();
    const old = await store.writeGeneration([secretOf("web.service", "key", "old")]);
    time += 1000;
    const next = await store.writeGeneration([secretOf("web.service", "key", "new")]);
    await store.activate(next);
    await mkdir(path.join(stored(), `.unfinished-${old}`, "web.service"), { recursive: true });
    await symlink(old, path.join(stored(), ".current.gitops-agent-0123456789abcdef"));
    await writeFile(path.join(stored(), "notes-of-the-administrator"), "");
    await store.removeOthers([next]);
    expect((await readdir(stored())).sort()).toEqual([next, "current", "notes-of-the-administrator"].sort());
    expect(await readFile(path.join(currentPath(), "web.service/key"), "utf8")).toBe("new");
  });

  test("removing the generation in use removes the link too, and an empty store has nothing to remove", async () => {
    const store = makeStore();
    await store.removeOthers([]);
    await store.activate(await store.writeGeneration([secretOf("web.service", "key", "old")]));
    await store.removeOthers([]);
    expect(await readdir(stored())).toEqual([]);
    expect(await store.readCurrent()).toBeNull();
  });

  test("a link to a generation that is gone counts as none, and a generation that is gone is not activated", async () => {
    const store = makeStore();
    const generation = await store.writeGeneration([]);
    await store.activate(generation);
    await rm(path.join(stored(), generation), { recursive: true });
    expect(await store.readCurrent()).toBeNull();
    expect((await refusalOf(store.activate(generation))).code).toBe("host-write-failed");
    await expect(store.activate("../../etc")).rejects.toThrow("not a generation");
  });

  test("a name that leads out of the store is refused before anything is written", async () => {
    const refused = makeStore().writeGeneration([
      secretOf("web.service", "good", "x"),
      secretOf("..", "evil", "x"),
    ]);
    expect((await refusalOf(refused)).code).toBe("repository-invalid");
    expect(await readdir(runtimeDirectory)).toEqual([]);
  });

  test("a generation that cannot be completed leaves nothing behind", async () => {
    const name = `${"x".repeat(254)}y`;
    const tooLongForFileSystem = secretOf("web.service", name, "x");
    const store = makeStore();
    await mkdir(stored(), { mode: 0o700 });
    const clash = {
      ...tooLongForFileSystem,
      get bytes(): Buffer {
        throw new Error("no bytes");
      },
    };
    await expect(store.writeGeneration([clash])).rejects.toThrow();
    expect(await readdir(stored())).toEqual([]);
  });

  test("a credential directory that is a symlink is refused, and nothing goes through it", async () => {
    const elsewhere = await makeDirectory(memoryPlace ?? "");
    await symlink(elsewhere, stored());
    const error = await refusalOf(makeStore().writeGeneration([secretOf("web.service", "key", "x")]));
    expect([error.code, error.subject]).toEqual(["credential-store-unsafe", stored()]);
    expect(await readdir(elsewhere)).toEqual([]);
  });

  test("a runtime directory that others can write to is refused", async () => {
    await chmod(runtimeDirectory, 0o777);
    const error = await refusalOf(makeStore().writeGeneration([]));
    expect([error.code, error.subject]).toEqual(["credential-store-unsafe", runtimeDirectory]);
  });

  test("a current that is no link of the agent's is not followed", async () => {
    const store = makeStore();
    await store.writeGeneration([]);
    await symlink("/etc", currentPath());
    expect((await refusalOf(store.readCurrent())).code).toBe("credential-store-unsafe");
    await rm(currentPath());
    await mkdir(currentPath());
    expect((await refusalOf(store.readCurrent())).code).toBe("credential-store-unsafe");
  });

  test.skipIf(!isRoot)("a directory of another user is refused (skipped unless root)", async () => {
    await mkdir(stored(), { mode: 0o700 });
    await chown(stored(), 65534, 65534);
    const error = await refusalOf(makeStore().writeGeneration([secretOf("web.service", "key", "x")]));
    expect(error.code).toBe("credential-store-unsafe");
    expect((await lstat(stored())).uid).toBe(65534);
  });
});

test.skipIf(diskPlace === null)("secrets are not written to a disk (skipped without one)", async () => {
  time = start;
  const directory = await makeDirectory(diskPlace ?? "");
  const store = makeStore(directory);
  const error = await refusalOf(store.writeGeneration([secretOf("web.service", "key", "x")]));
  expect(error.code).toBe("credential-store-unsafe");
  expect(error.message).toContain("tmpfs");
  expect(error.hint).toContain("/run");
  expect(await readdir(path.join(directory, "credentials"))).toEqual([]);
});
