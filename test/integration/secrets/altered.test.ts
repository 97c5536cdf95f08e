/** Stored credentials that somebody has altered or deleted are found, without reading those that have not changed. */
import { chmod, mkdir, mkdtemp, rm, symlink, utimes, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { digestWithKey } from "../../../src/lib/digest.ts";
import { AlteredFinder } from "../../../src/secrets/store/altered.ts";
import { loadHostKey } from "../../../src/secrets/store/host-key.ts";

let directory: string;
let finder: AlteredFinder;
let token: { readonly unit: string; readonly name: string; readonly digest: string };
let file: string;
const laterMs = 60_000;

beforeEach(async () => {
  directory = await mkdtemp(path.join(tmpdir(), "gitops-agent-test-"));
  const stateDirectory = path.join(directory, "state");
  const key = await loadHostKey(stateDirectory);
  token = { unit: "web.service", name: "token", digest: digestWithKey(key, Buffer.from("secret")) };
  file = path.join(directory, "web.service", "token");
  await mkdir(path.dirname(file));
  await writeFile(file, "secret", { mode: 0o400 });
  finder = new AlteredFinder({ stateDirectory, now: () => Date.now() + laterMs });
});

afterEach(async () => {
  await rm(directory, { recursive: true });
});

const find = async () => [...(await finder.find(directory, [token]))];

test("a credential that is as it was decrypted is well, also when it is looked at again", async () => {
  expect(await find()).toEqual([]);
  expect(await find()).toEqual([]);
  expect([...(await finder.find(directory, [{ ...token, digest: "of another revision" }]))]).toEqual([
    ["web.service/token", "modified"],
  ]);
});

test("one that was deleted is missing, also with its directory", async () => {
  expect(await find()).toEqual([]);
  await rm(path.dirname(file), { recursive: true });
  expect(await find()).toEqual([["web.service/token", "missing"]]);
});

test.each<[string, () => Promise<void>]>([
  [
    "another content of the same length and time",
    async () => {
      await chmod(file, 0o600);
      await writeFile(file, "terces");
      await utimes(file, 0, 0);
      await chmod(file, 0o400);
    },
  ],
  ["another mode", () => chmod(file, 0o444)],
  [
    "a link in its place",
    async () => {
      await rm(file);
      await symlink("/dev/null", file);
    },
  ],
  [
    "a directory in its place",
    async () => {
      await rm(file);
      await mkdir(file);
    },
  ],
])("one that has %s is altered, until it is put back", async (_, alter) => {
  expect(await find()).toEqual([]);
  await alter();
  expect(await find()).toEqual([["web.service/token", "modified"]]);
  await rm(file, { recursive: true });
  await writeFile(file, "secret", { mode: 0o400 });
  expect(await find()).toEqual([]);
});
