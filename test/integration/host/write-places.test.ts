/** What cannot be written is found before the first write, and nothing else is taken for it. */
import { execFile } from "node:child_process";
import { chmod, mkdir, mkdtemp, readdir, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { promisify } from "node:util";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { AgentError } from "../../../src/core/model/errors.ts";
import type { FileChange } from "../../../src/core/ports/host.ts";
import { refuseUnwritable } from "../../../src/host/write-places.ts";

const run = promisify(execFile);
const isRoot = process.getuid?.() === 0;
let root: string;

beforeEach(async () => {
  root = await mkdtemp(path.join(tmpdir(), "places-"));
});
afterEach(async () => {
  await rm(root, { recursive: true });
});

const at = (name: string) => path.join(root, name);
const change = (kind: FileChange["kind"], name: string): FileChange => ({
  kind,
  path: at(name),
  origin: `files/${name}`,
});

async function refusalOf(changes: readonly FileChange[]): Promise<AgentError> {
  const error: unknown = await refuseUnwritable(changes).then(
    () => new Error("nothing was refused"),
    (reason: unknown) => reason,
  );
  if (!(error instanceof AgentError)) throw error;
  return error;
}

describe.skipIf(!isRoot)("below a read-only mount (skipped unless root)", () => {
  beforeEach(async () => {
    await mkdir(at("closed/inner"), { recursive: true });
    await run("mount", ["--bind", at("closed"), at("closed")]);
    await run("mount", ["-o", "remount,bind,ro", at("closed")]);
  });
  afterEach(async () => {
    await run("umount", [at("closed")]);
  });

  test("every file is named, with its place in the repository, and how its directory is opened", async () => {
    const error = await refusalOf([
      change("write", "open"),
      change("write", "closed/new/directory/a"),
      change("write", "closed/inner/b"),
      change("delete", "closed/inner/c"),
    ]);
    expect(error.code).toBe("not-writable");
    expect(error.message).toContain(
      `cannot write ${at("closed/new/directory/a")}: ${at("closed")} is read-only`,
    );
    expect(error.diagnostics.map(({ file, message }) => [file, message.split(":")[0]])).toEqual([
      ["files/closed/new/directory/a", `cannot write ${at("closed/new/directory/a")}`],
      ["files/closed/inner/b", `cannot write ${at("closed/inner/b")}`],
      ["files/closed/inner/c", `cannot delete ${at("closed/inner/c")}`],
    ]);
    expect(error.hint).toContain(`ReadWritePaths=${at("closed")} ${at("closed/inner")} `);
    expect(await readdir(root)).toEqual(["closed"]);
  });

  test("a link that leads there is followed, and the real directory is named", async () => {
    await symlink("closed", at("link"));
    expect((await refusalOf([change("write", "link/a")])).message).toContain(`${at("closed")} is read-only`);
  });

  test("a file whose directory is gone needs no deletion", async () => {
    await refuseUnwritable([change("delete", "closed/gone/a")]);
  });
});

test("directories that are there or can be made are fine, and none is made", async () => {
  await mkdir(at("there"));
  await refuseUnwritable([change("write", "there/a"), change("write", "x/y/z"), change("delete", "gone/a")]);
  expect(await readdir(root)).toEqual(["there"]);
});

test("a file in the place of a directory is found as well", async () => {
  await writeFile(at("app"), "");
  const error = await refusalOf([change("write", "fine"), change("write", "app/conf/a")]);
  expect(error).toMatchObject({
    code: "host-write-failed",
    message: expect.stringContaining(`${at("app")} is not a directory`),
  });
});

test.skipIf(isRoot)("without the right to write it says so (skipped as root)", async () => {
  await mkdir(at("foreign"));
  await chmod(at("foreign"), 0o555);
  expect(await refusalOf([change("write", "foreign/a")])).toMatchObject({
    code: "not-writable",
    message: expect.stringContaining("permission denied"),
  });
});
