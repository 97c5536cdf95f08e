import { execFile } from "node:child_process";
import {
  type FileHandle,
  lstat,
  mkdir,
  mkdtemp,
  open,
  readdir,
  readFile,
  readlink,
  rm,
  symlink,
  writeFile,
} from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { promisify } from "node:util";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import {
  removeTemporaries,
  replaceSymlinkAtomically,
  temporaryPathFor,
  writeFileAtomically,
} from "../../../src/lib/atomic-file.ts";

const run = promisify(execFile);
const isRoot = process.getuid?.() === 0;
const hasSystemd = await run("systemd-analyze", ["--version"]).then(
  () => true,
  () => false,
);
let directory: string;
let umask: number;

beforeEach(async () => {
  directory = await mkdtemp(path.join(tmpdir(), "atomic-"));
  umask = process.umask();
});
afterEach(async () => {
  process.umask(umask);
  await rm(directory, { recursive: true });
});

const at = (name: string) => path.join(directory, name);
const bytes = Buffer.from([0, 255, 10, 13, 0xef, 0xbb, 0xbf]);

/** What is made durable, in order: its path, and what stood at `filePath` at that moment. */
async function recordSyncs(filePath: string, act: () => Promise<void>): Promise<readonly string[]> {
  const handle = await open(directory, "r");
  const prototype = Object.getPrototypeOf(handle) as FileHandle;
  await handle.close();
  const order: string[] = [];
  const original = prototype.sync;
  const spy = vi.spyOn(prototype, "sync").mockImplementation(async function (this: FileHandle) {
    const synced = await readlink(`/proc/self/fd/${this.fd}`);
    const what = synced === directory ? "directory" : "temporary file";
    order.push(`${what}, with ${await readFile(filePath, "utf8")} in place`);
    await original.call(this);
  });
  try {
    await act();
  } finally {
    spy.mockRestore();
  }
  return order;
}

describe("replacing a file", () => {
  test("makes the content durable before its name, and then the name", async () => {
    await writeFile(at("a"), "old");
    expect(
      await recordSyncs(at("a"), () => writeFileAtomically(at("a"), Buffer.from("new"), { mode: 0o644 })),
    ).toEqual(["temporary file, with old in place", "directory, with new in place"]);
  });

  test("leaves the exact bytes and the exact mode, whatever the umask and the old file were", async () => {
    for (const [mask, mode] of [
      [0o777, 0o644],
      [0, 0o600],
      [0o022, 0o666],
      [0o077, 0o4755],
    ] as const) {
      process.umask(mask);
      await writeFileAtomically(at("file"), bytes, { mode });
      expect((await lstat(at("file"))).mode & 0o7777).toBe(mode);
      expect(await readFile(at("file"))).toEqual(bytes);
    }
    expect(await readdir(directory)).toEqual(["file"]);
  });

  test("replaces a symlink itself and leaves what it pointed to alone", async () => {
    await writeFile(at("elsewhere"), "untouched");
    await symlink("elsewhere", at("file"));
    await writeFileAtomically(at("file"), bytes, { mode: 0o644 });
    expect((await lstat(at("file"))).isFile()).toBe(true);
    expect(await readFile(at("elsewhere"), "utf8")).toBe("untouched");
  });

  test("that fails removes the temporary and keeps the old one", async () => {
    await mkdir(at("in-the-way/full"), { recursive: true });
    await expect(writeFileAtomically(at("in-the-way"), bytes, { mode: 0o644 })).rejects.toThrow();
    await expect(replaceSymlinkAtomically(at("in-the-way"), "target")).rejects.toThrow();
    await expect(writeFileAtomically(at("missing/file"), bytes, { mode: 0o644 })).rejects.toThrow("ENOENT");
    expect(await readdir(directory)).toEqual(["in-the-way"]);
  });

  test("is never seen half written by a reader", async () => {
    const [one, other] = [Buffer.alloc(300_000, 1), Buffer.alloc(300_000, 2)];
    await writeFileAtomically(at("file"), one, { mode: 0o644 });
    let isWriting = true;
    const writing = (async () => {
      for (let round = 0; round < 20; round += 1) {
        await writeFileAtomically(at("file"), round % 2 === 0 ? other : one, { mode: 0o644 });
      }
      isWriting = false;
    })();
    while (isWriting) {
      const seen = await readFile(at("file"));
      expect(seen.equals(one) || seen.equals(other)).toBe(true);
    }
    await writing;
  });

  test.skipIf(!isRoot)(
    "sets owner and group, and keeps a set-user-ID bit (skipped unless root)",
    async () => {
      await writeFileAtomically(at("file"), bytes, { mode: 0o4750, uid: 65534, gid: 12 });
      const stats = await lstat(at("file"));
      expect([stats.uid, stats.gid, stats.mode & 0o7777]).toEqual([65534, 12, 0o4750]);
    },
  );
});

describe("replacing a symlink", () => {
  test("works over nothing, over a link and over a file, with the target as it is given", async () => {
    for (const target of ["../a", "/dev/null", "missing"]) {
      await replaceSymlinkAtomically(at("link"), target);
      expect(await readlink(at("link"))).toBe(target);
    }
    await writeFile(at("file"), "");
    await replaceSymlinkAtomically(at("file"), "link");
    expect(await readlink(at("file"))).toBe("link");
    expect((await readdir(directory)).sort()).toEqual(["file", "link"]);
  });
});

describe("what a killed process leaves", () => {
  test("is removed for one file or for all, and nothing else is", async () => {
    for (const name of ["a.service", "b.service"]) await writeFile(temporaryPathFor(at(name)), "half");
    await writeFile(at(".a.service.swp"), "");
    await removeTemporaries(directory, "a.service");
    expect(await readdir(directory)).toHaveLength(2);
    await removeTemporaries(directory);
    expect(await readdir(directory)).toEqual([".a.service.swp"]);
    await removeTemporaries(at("missing"));
  });

  test.skipIf(!hasSystemd)("is no unit and no drop-in to systemd (skipped without systemd)", async () => {
    const units = at("etc/systemd/system");
    await mkdir(path.join(units, "real.service.d"), { recursive: true });
    const unit = "[Service]\nExecStart=/bin/true\n";
    await writeFile(path.join(units, "real.service"), unit);
    await writeFile(path.join(units, "real.service.d/50-real.conf"), "[Service]\nWhollyWritten=1\n");
    await writeFile(temporaryPathFor(path.join(units, "half.service")), unit);
    await writeFile(
      temporaryPathFor(path.join(units, "real.service.d/60-half.conf")),
      "[Service]\nHalfWritten=1\n",
    );
    const listed = await run("systemctl", [
      "--root",
      directory,
      "list-unit-files",
      "--no-legend",
      "--no-pager",
    ]);
    expect(listed.stdout).toContain("real.service");
    expect(listed.stdout).not.toContain("half");
    // systemd names each key that it does not know: that tells which drop-ins it has read.
    const verified = await run("systemd-analyze", ["verify", "--man=no", path.join(units, "real.service")]);
    expect(verified.stderr).toContain("WhollyWritten");
    expect(verified.stderr).not.toContain("HalfWritten");
  });
});
