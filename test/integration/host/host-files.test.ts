import { execFile } from "node:child_process";
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
  symlink,
  truncate,
  writeFile,
} from "node:fs/promises";
import { tmpdir, userInfo } from "node:os";
import path from "node:path";
import { promisify } from "node:util";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { FileEntry, LinkEntry } from "../../../src/core/model/desired.ts";
import { AgentError } from "../../../src/core/model/errors.ts";
import { HostFiles } from "../../../src/host/host-files.ts";
import { digestBytes } from "../../../src/lib/digest.ts";

const run = promisify(execFile);
const isRoot = process.getuid?.() === 0;
const start = Date.UTC(2026, 10, 20, 8, 30);
let root: string;
let time: number;
let host: HostFiles;

beforeEach(async () => {
  root = await mkdtemp(path.join(tmpdir(), "host-"));
  time = start;
  host = new HostFiles({ backupDirectory: path.join(root, "backups"), now: () => time });
});
afterEach(async () => {
  await rm(root, { recursive: true });
});

const at = (name: string) => path.join(root, name);

function fileAt(name: string, text: string, rest: Partial<FileEntry> = {}): FileEntry {
  const bytes = Buffer.from(text);
  const base = { role: "file", origin: `files/${name}`, unit: null, kind: "file", mode: 0o644 } as const;
  return { ...base, path: at(name), bytes, digest: digestBytes(bytes), ...rest };
}

function linkAt(name: string, linkTarget: string): LinkEntry {
  return { role: "mask", origin: name, unit: null, kind: "link", path: at(name), linkTarget };
}

async function refusalOf(promise: Promise<unknown>): Promise<AgentError> {
  const error: unknown = await promise.then(
    () => new Error("nothing was refused"),
    (reason: unknown) => reason,
  );
  if (!(error instanceof AgentError)) throw error;
  expect(error.code).toBe("host-write-failed");
  return error;
}

async function observeOne(name: string) {
  return (await host.observe([at(name)])).get(at(name));
}

describe("observing", () => {
  test("tells a file with digest, mode and names, a link, a directory, a FIFO and nothing apart", async () => {
    await writeFile(at("file"), "text");
    await chmod(at("file"), 0o750);
    await symlink("../gone", at("link"));
    await run("mkfifo", [at("fifo")]);
    const { username } = userInfo();
    const { stdout: group } = await run("stat", ["-c", "%G", at("file")]);
    expect(await observeOne("file")).toEqual({
      kind: "file",
      digest: digestBytes("text"),
      mode: 0o750,
      owner: username,
      group: group.trim(),
    });
    expect(await observeOne("link")).toEqual({ kind: "link", linkTarget: "../gone" });
    expect(await observeOne("fifo")).toEqual({ kind: "other", what: "a FIFO" });
    expect(await observeOne("missing")).toEqual({ kind: "absent" });
    expect(await observeOne("file/below-a-file")).toEqual({ kind: "absent" });
    expect((await host.observe([root])).get(root)).toEqual({ kind: "other", what: "a directory" });
  });

  test("does not read a file over 16 MiB, and reads one of just that size", async () => {
    await writeFile(at("large"), "");
    await truncate(at("large"), 16 * 1024 * 1024);
    expect(await observeOne("large")).toMatchObject({ kind: "file" });
    await truncate(at("large"), 16 * 1024 * 1024 + 1);
    expect(await observeOne("large")).toMatchObject({
      kind: "other",
      what: expect.stringContaining("larger"),
    });
  });

  test("a thousand files come back in full", async () => {
    const names = Array.from({ length: 1000 }, (_, index) => `unit${index}.service`);
    for (const name of names) await writeFile(at(name), name);
    const observed = await host.observe(names.map(at));
    expect([...observed.keys()]).toEqual(names.map(at));
    const digests = [...observed.values()].map((file) => (file.kind === "file" ? file.digest : file.kind));
    expect(digests).toEqual(names.map((name) => digestBytes(name)));
  });

  test.skipIf(!isRoot)("shows the number of an owner without a name (skipped unless root)", async () => {
    await writeFile(at("file"), "");
    await chown(at("file"), 3_999_999, 3_999_998);
    expect(await observeOne("file")).toMatchObject({ owner: "3999999", group: "3999998" });
  });

  test.skipIf(isRoot)("calls a file that it may not read unreadable (skipped as root)", async () => {
    await writeFile(at("file"), "");
    await chmod(at("file"), 0);
    expect(await observeOne("file")).toMatchObject({
      kind: "other",
      what: expect.stringContaining("denied"),
    });
  });
});

describe("looking for drift", () => {
  async function recallOne(name: string) {
    return (await host.observe([at(name)], "recall")).get(at(name));
  }

  beforeEach(() => {
    // Late enough for the times of the files to be trusted.
    time = Date.now() + 5_000;
  });

  test("sees what reading sees, also after every kind of change", async () => {
    const changes: (() => Promise<unknown>)[] = [
      () => writeFile(at("unit"), "one"),
      () => writeFile(at("unit"), "two"),
      () => chmod(at("unit"), 0o600),
      () => rm(at("unit")),
      () => symlink("/dev/null", at("unit")),
      () => host.remove(at("unit")),
      () => mkdir(at("unit")),
    ];
    for (const change of changes) {
      await change();
      time = Date.now() + 5_000;
      const read = await observeOne("unit");
      expect(await recallOne("unit")).toEqual(read);
      expect(await recallOne("unit")).toEqual(read);
    }
  });

  test.skipIf(!isRoot)("sees another owner (skipped unless root)", async () => {
    await writeFile(at("unit"), "x");
    expect(await recallOne("unit")).toMatchObject({ owner: "root" });
    await chown(at("unit"), 3_999_999, 0);
    expect(await recallOne("unit")).toMatchObject({ owner: "3999999" });
  });

  test("a file that comes into a directory is listed, also behind a link to the directory", async () => {
    await mkdir(at("real"));
    await symlink("real", at("link"));
    for (const name of ["one", "two"]) {
      await writeFile(at(`real/${name}`), "");
      time = Date.now() + 5_000;
      for (const directory of ["real", "link", "real", "link"]) {
        expect(await host.list(at(directory))).toContain(name);
      }
    }
    await rm(at("real"), { recursive: true });
    expect(await host.list(at("real"))).toEqual([]);
  });
});

describe("writing", () => {
  test("makes parents that everybody can read, whatever the umask", async () => {
    const umask = process.umask(0o077);
    try {
      await host.write(fileAt("etc/systemd/system/web.service.d/50-limits.conf", "x"));
    } finally {
      process.umask(umask);
    }
    for (const parent of ["etc", "etc/systemd/system/web.service.d"]) {
      expect((await stat(at(parent))).mode & 0o7777).toBe(0o755);
    }
    expect(await observeOne("etc/systemd/system/web.service.d/50-limits.conf")).toMatchObject({
      mode: 0o644,
    });
  });

  test("many files into one new directory at once all arrive", async () => {
    const files = Array.from({ length: 40 }, (_, index) => fileAt(`new/deep/${index}.service`, `${index}`));
    await Promise.all(files.map((file) => host.write(file)));
    const observed = await host.observe(files.map((file) => file.path));
    expect([...observed.values()]).toEqual(
      files.map(({ digest }) => expect.objectContaining({ kind: "file", digest })),
    );
  });

  test("replaces a file by a link and a link by a file without following it", async () => {
    await host.write(fileAt("unit", "old"));
    await host.write(linkAt("unit", "/dev/null"));
    expect(await observeOne("unit")).toEqual({ kind: "link", linkTarget: "/dev/null" });
    await writeFile(at("victim"), "untouched");
    await host.write(linkAt("unit", at("victim")));
    await host.write(fileAt("unit", "new"));
    expect(await readFile(at("victim"), "utf8")).toBe("untouched");
    expect(await readFile(at("unit"), "utf8")).toBe("new");
  });

  test("a directory in the way is refused by its kind and stays", async () => {
    await mkdir(at("unit/full"), { recursive: true });
    for (const file of [fileAt("unit", "x"), linkAt("unit", "x")]) {
      const error = await refusalOf(host.write(file));
      expect(error.message).toBe(`a directory stands at ${at("unit")}`);
    }
    expect((await refusalOf(host.remove(at("unit")))).message).toContain("a directory");
    expect(await readdir(at("unit"))).toEqual(["full"]);
  });

  test("a file where a parent directory should be is named", async () => {
    await writeFile(at("etc"), "");
    expect((await refusalOf(host.write(fileAt("etc/app/conf", "x")))).message).toContain(
      `${at("etc")} is not a directory`,
    );
  });

  test("removes what a killed write left in the directory, and lists it never", async () => {
    await mkdir(at("units"));
    await writeFile(at("units/.web.service.gitops-agent-0123456789abcdef"), "half");
    await writeFile(at("units/other.service"), "");
    expect(await host.list(at("units"))).toEqual(["other.service"]);
    await host.write(fileAt("units/web.service", "x"));
    expect((await readdir(at("units"))).sort()).toEqual(["other.service", "web.service"]);
  });

  test("a path that is not plain is a bug of the caller", async () => {
    for (const bad of ["relative", `${root}/../x`, `${root}/x/`, `${root}//x`, `${root}/x\0y`]) {
      await expect(host.write({ ...fileAt("x", ""), path: bad })).rejects.toThrow(
        "not a plain absolute path",
      );
      await expect(host.remove(bad)).rejects.toThrow("not a plain absolute path");
    }
  });

  test.skipIf(!isRoot)("sets owner and group by name and by number (skipped unless root)", async () => {
    await host.write(fileAt("named", "x", { owner: "nobody", group: "daemon", mode: 0o640 }));
    expect(await observeOne("named")).toMatchObject({ owner: "nobody", group: "daemon", mode: 0o640 });
    await host.write(fileAt("numbered", "x", { owner: "3999999" }));
    expect(await observeOne("numbered")).toMatchObject({ owner: "3999999", group: "root" });
  });

  test("unknown owners and groups are all named before anything is written", async () => {
    const files = [
      fileAt("a", "x", { owner: "no-such-user" }),
      fileAt("b", "x", { group: "no-such-group" }),
      fileAt("c", "x", { owner: userInfo().username }),
      linkAt("d", "x"),
    ];
    const error = await refusalOf(host.resolveOwners(files));
    expect(error.diagnostics.map(({ file }) => file)).toEqual(["files/a", "files/b"]);
    expect(error.message).toContain('no user "no-such-user"');
    expect((await refusalOf(host.write(files[0] as FileEntry))).message).toContain("no-such-user");
    expect(await readdir(root)).toEqual([]);
  });

  test.skipIf(!isRoot)("a read-only and a full file system say so (skipped unless root)", async () => {
    await mkdir(at("small"));
    await run("mount", ["-t", "tmpfs", "-o", "size=64k", "tmpfs", at("small")]);
    try {
      await host.write(fileAt("small/unit", "old"));
      const full = await refusalOf(host.write(fileAt("small/unit", "x".repeat(200_000))));
      expect(full.message).toContain("no space left");
      expect(full.hint).toContain("df -h");
      expect(await readdir(at("small"))).toEqual(["unit"]);
      await run("mount", ["-o", "remount,ro", at("small")]);
      expect((await refusalOf(host.write(fileAt("small/unit", "new")))).message).toContain("read-only");
      expect(await readFile(at("small/unit"), "utf8")).toBe("old");
    } finally {
      await run("umount", [at("small")]);
    }
  });
});

describe("symlinked parents", () => {
  test("are followed when they are root's or ours in a directory that nobody else writes to", async () => {
    await mkdir(at("usr/lib/systemd"), { recursive: true });
    await symlink("usr/lib", at("lib"));
    await symlink(at("lib/systemd"), at("units"));
    await host.write(fileAt("units/web.service", "x"));
    expect(await readFile(at("usr/lib/systemd/web.service"), "utf8")).toBe("x");
    await host.remove(at("units/web.service"));
    expect(await readdir(at("usr/lib/systemd"))).toEqual([]);
  });

  test("in a directory that others can write to are refused, for writing and removing", async () => {
    await mkdir(at("victim"));
    await writeFile(at("victim/conf"), "untouched");
    await mkdir(at("shared"));
    await chmod(at("shared"), 0o1777);
    await symlink(at("victim"), at("shared/app"));
    const error = await refusalOf(host.write(fileAt("shared/app/conf", "x")));
    expect(error.message).toContain(at("shared/app"));
    await refusalOf(host.write(fileAt("shared/app/new/deeper", "x")));
    await refusalOf(host.remove(at("shared/app/conf")));
    expect(await readdir(at("victim"))).toEqual(["conf"]);
  });

  test.skipIf(!isRoot)("of another user are refused (skipped unless root)", async () => {
    await mkdir(at("victim"));
    await symlink(at("victim"), at("app"));
    await run("chown", ["-h", "nobody", at("app")]);
    expect((await refusalOf(host.write(fileAt("app/conf", "x")))).message).toContain("another user");
    expect(await readdir(at("victim"))).toEqual([]);
  });

  test("that lead in a circle end", async () => {
    await symlink("two", at("one"));
    await symlink("one", at("two"));
    expect((await refusalOf(host.write(fileAt("one/conf", "x")))).message).toContain("too many symlinks");
  });
});

describe("removing", () => {
  test("takes the directories of systemd's kinds with it once they are empty, and no others", async () => {
    const systemd = [
      "web.service.d",
      "service.d",
      "app.container.d",
      "multi-user.target.wants",
      "a.service.upholds",
    ];
    const others = ["cron.d", "plain", "service.d.old"];
    for (const name of [...systemd, ...others]) {
      await host.write(fileAt(`${name}/one.conf`, "x"));
      await host.write(linkAt(`${name}/two.service`, "/dev/null"));
      await host.remove(at(`${name}/one.conf`));
    }
    expect((await readdir(root)).sort()).toEqual([...systemd, ...others].sort());
    for (const name of [...systemd, ...others]) await host.remove(at(`${name}/two.service`));
    expect((await readdir(root)).sort()).toEqual([...others].sort());
  });

  test("what is not there is no error, also below a directory that is not there", async () => {
    await host.remove(at("missing"));
    await host.remove(at("no/such/web.service.d/x.conf"));
    expect(await readdir(root)).toEqual([]);
  });

  test("a directory can be used again after it was emptied", async () => {
    for (let round = 0; round < 2; round += 1) {
      await host.write(fileAt("web.service.d/x.conf", "x"));
      await host.remove(at("web.service.d/x.conf"));
      expect(await host.list(at("web.service.d"))).toEqual([]);
    }
  });

  test("a link is removed, not what it points to", async () => {
    await writeFile(at("file"), "x");
    await symlink("file", at("link"));
    await host.remove(at("link"));
    expect(await readdir(root)).toEqual(["file"]);
  });
});

describe("backups", () => {
  test("keep bytes and links below the time and the whole path, readable by the owner only", async () => {
    await writeFile(at("unit"), "by hand");
    await symlink("/dev/null", at("mask"));
    const copy = await host.backup(at("unit"), []);
    expect(copy).toBe(path.join(root, "backups", "20261120T083000Z", root, "unit"));
    expect(await readFile(copy, "utf8")).toBe("by hand");
    expect((await lstat(copy)).mode & 0o7777).toBe(0o600);
    expect((await lstat(at("backups"))).mode & 0o7777).toBe(0o700);
    expect(await readlink(await host.backup(at("mask"), []))).toBe("/dev/null");
    expect(await readdir(at("backups"))).toHaveLength(1);
  });

  test("of the same file in the same second do not overwrite each other", async () => {
    const copies: string[] = [];
    for (const text of ["one", "two", "three"]) {
      await writeFile(at("unit"), text);
      copies.push(await host.backup(at("unit"), []));
    }
    const texts = await Promise.all(copies.map((copy) => readFile(copy, "utf8")));
    expect(texts).toEqual(["one", "two", "three"]);
  });

  test("only the newest hundred times are kept, and what is not ours stays", async () => {
    await writeFile(at("unit"), "x");
    await mkdir(at("backups/kept-by-hand"), { recursive: true, mode: 0o700 });
    for (let second = 0; second < 103; second += 1) {
      time = start + second * 1000;
      await host.backup(at("unit"), []);
    }
    const names = (await readdir(at("backups"))).sort();
    expect(names).toHaveLength(101);
    expect(names[0]).toBe("20261120T083003Z");
    expect(names.at(-1)).toBe("kept-by-hand");
  });

  test("that are still needed are kept, however old they are", async () => {
    await writeFile(at("unit"), "x");
    const needed = await host.backup(at("unit"), []);
    for (let second = 1; second < 103; second += 1) {
      time = start + second * 1000;
      await host.backup(at("unit"), [needed]);
    }
    expect(await readFile(needed, "utf8")).toBe("x");
  });

  test("of nothing and of a directory are refused, so that nothing is overwritten unsaved", async () => {
    expect((await refusalOf(host.backup(at("missing"), []))).message).toContain("cannot make a backup");
    await mkdir(at("directory"));
    await refusalOf(host.backup(at("directory"), []));
  });
});

describe("an original", () => {
  async function describeFile(name: string) {
    const found = (await host.observe([at(name)])).get(at(name));
    if (found?.kind !== "file") throw new Error(`no file at ${name}`);
    return { ...found, managed: false, copy: await host.backup(at(name), []) };
  }

  test("of a file is back with its bytes, its mode and its owner", async () => {
    await writeFile(at("unit"), "by hand");
    await chmod(at("unit"), 0o460);
    if (isRoot) await chown(at("unit"), 1, 12_345);
    const original = await describeFile("unit");
    const before = await stat(at("unit"));
    await host.write(fileAt("unit", "git"));
    await host.restore(at("unit"), original);
    expect(await readFile(at("unit"), "utf8")).toBe("by hand");
    const { mode, uid, gid } = await stat(at("unit"));
    expect({ mode, uid, gid }).toEqual({ mode: before.mode, uid: before.uid, gid: before.gid });
  });

  test("of a link is that link, and of nothing is nothing", async () => {
    for (const name of ["link", "nothing"]) await writeFile(at(name), "git");
    await host.restore(at("link"), { kind: "link", managed: false, linkTarget: "/dev/null" });
    await host.restore(at("nothing"), { kind: "absent", managed: true });
    expect(await readlink(at("link"))).toBe("/dev/null");
    expect((await readdir(root)).sort()).toEqual(["link"]);
  });

  test("whose copy is gone changes nothing, and the error says which copy", async () => {
    await writeFile(at("unit"), "by hand");
    const original = await describeFile("unit");
    await writeFile(at("unit"), "git");
    await rm(original.copy);
    const error = await refusalOf(host.restore(at("unit"), original));
    expect(error.message).toContain(original.copy);
    expect(await readFile(at("unit"), "utf8")).toBe("git");
  });
});
