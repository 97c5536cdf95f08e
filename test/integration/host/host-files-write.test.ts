/** HostFiles as it writes: parents, kinds, owners, links on the way, and what it refuses. */
import { execFile } from "node:child_process";
import { chmod, mkdir, readdir, readFile, stat, symlink, writeFile } from "node:fs/promises";
import { userInfo } from "node:os";
import { promisify } from "node:util";
import { describe, expect, test } from "vitest";
import type { FileEntry } from "../../../src/core/model/desired.ts";
import { isRoot, refusalOf, TemporaryHost } from "./temporary-host.ts";

const run = promisify(execFile);
const place = TemporaryHost.forEachTest();
const { at, fileAt, linkAt, observeOne } = place;

describe("writing", () => {
  test("makes parents that everybody can read, whatever the umask", async () => {
    const umask = process.umask(0o077);
    try {
      await place.host.write(fileAt("etc/systemd/system/web.service.d/50-limits.conf", "x"));
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
    await Promise.all(files.map((file) => place.host.write(file)));
    const observed = await place.host.observe(files.map((file) => file.path));
    expect([...observed.values()]).toEqual(
      files.map(({ digest }) => expect.objectContaining({ kind: "file", digest })),
    );
  });

  test("replaces a file by a link and a link by a file without following it", async () => {
    await place.host.write(fileAt("unit", "old"));
    await place.host.write(linkAt("unit", "/dev/null"));
    expect(await observeOne("unit")).toEqual({ kind: "link", linkTarget: "/dev/null" });
    await writeFile(at("victim"), "untouched");
    await place.host.write(linkAt("unit", at("victim")));
    await place.host.write(fileAt("unit", "new"));
    expect(await readFile(at("victim"), "utf8")).toBe("untouched");
    expect(await readFile(at("unit"), "utf8")).toBe("new");
  });

  test("a mode that is set again leaves the file, its content and the time of its last change as they are", async () => {
    const file = fileAt("unit", "text");
    await place.host.write(file);
    const before = await stat(at("unit"));
    await chmod(at("unit"), 0o4777);
    await place.host.setAccess(file);
    const after = await stat(at("unit"));
    expect(after.mode & 0o7777).toBe(0o644);
    expect([after.ino, after.mtimeMs]).toEqual([before.ino, before.mtimeMs]);
    expect(await readFile(at("unit"), "utf8")).toBe("text");
  });

  test("a mode is not set through a link", async () => {
    await writeFile(at("victim"), "", { mode: 0o600 });
    await symlink(at("victim"), at("unit"));
    await refusalOf(place.host.setAccess(fileAt("unit", "")));
    expect((await stat(at("victim"))).mode & 0o7777).toBe(0o600);
  });

  test("a directory in the way is refused by its kind and stays", async () => {
    await mkdir(at("unit/full"), { recursive: true });
    for (const file of [fileAt("unit", "x"), linkAt("unit", "x")]) {
      const error = await refusalOf(place.host.write(file));
      expect(error.message).toBe(`a directory stands at ${at("unit")}`);
    }
    expect((await refusalOf(place.host.remove(at("unit")))).message).toContain("a directory");
    expect(await readdir(at("unit"))).toEqual(["full"]);
  });

  test("a file where a parent directory should be is named", async () => {
    await writeFile(at("etc"), "");
    expect((await refusalOf(place.host.write(fileAt("etc/app/conf", "x")))).message).toContain(
      `${at("etc")} is not a directory`,
    );
  });

  test("removes what a killed write left in the directory, and lists it never", async () => {
    await mkdir(at("units"));
    await writeFile(at("units/.web.service.gitops-agent-0123456789abcdef"), "half");
    await writeFile(at("units/other.service"), "");
    expect(await place.host.list(at("units"))).toEqual(["other.service"]);
    await place.host.write(fileAt("units/web.service", "x"));
    expect((await readdir(at("units"))).sort()).toEqual(["other.service", "web.service"]);
  });

  test("a path that is not plain is a bug of the caller", async () => {
    for (const bad of [
      "relative",
      `${place.root}/../x`,
      `${place.root}/x/`,
      `${place.root}//x`,
      `${place.root}/x\0y`,
    ]) {
      await expect(place.host.write({ ...fileAt("x", ""), path: bad })).rejects.toThrow(
        "not a plain absolute path",
      );
      await expect(place.host.remove(bad)).rejects.toThrow("not a plain absolute path");
    }
  });

  test.skipIf(!isRoot)("sets owner and group by name and by number (skipped unless place.root)", async () => {
    await place.host.write(fileAt("named", "x", { owner: "nobody", group: "daemon", mode: 0o640 }));
    expect(await observeOne("named")).toMatchObject({ owner: "nobody", group: "daemon", mode: 0o640 });
    await place.host.write(fileAt("numbered", "x", { owner: "3999999" }));
    expect(await observeOne("numbered")).toMatchObject({ owner: "3999999", group: "root" });
  });

  test("unknown owners and groups are all named before anything is written", async () => {
    const files = [
      fileAt("a", "x", { owner: "no-such-user" }),
      fileAt("b", "x", { group: "no-such-group" }),
      fileAt("c", "x", { owner: userInfo().username }),
      linkAt("d", "x"),
    ];
    const error = await refusalOf(place.host.resolveOwners(files));
    expect(error.diagnostics.map(({ file }) => file)).toEqual(["files/a", "files/b"]);
    expect(error.message).toContain('no user "no-such-user"');
    expect((await refusalOf(place.host.write(files[0] as FileEntry))).message).toContain("no-such-user");
    expect(await readdir(place.root)).toEqual([]);
  });

  test.skipIf(!isRoot)("a read-only and a full file system say so (skipped unless place.root)", async () => {
    await mkdir(at("small"));
    await run("mount", ["-t", "tmpfs", "-o", "size=64k", "tmpfs", at("small")]);
    try {
      await place.host.write(fileAt("small/unit", "old"));
      const full = await refusalOf(place.host.write(fileAt("small/unit", "x".repeat(200_000))));
      expect(full.message).toContain("no space left");
      expect(full.hint).toContain("df -h");
      expect(await readdir(at("small"))).toEqual(["unit"]);
      await run("mount", ["-o", "remount,ro", at("small")]);
      expect((await refusalOf(place.host.write(fileAt("small/unit", "new")))).message).toContain("read-only");
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
    await place.host.write(fileAt("units/web.service", "x"));
    expect(await readFile(at("usr/lib/systemd/web.service"), "utf8")).toBe("x");
    await place.host.remove(at("units/web.service"));
    expect(await readdir(at("usr/lib/systemd"))).toEqual([]);
  });

  test("in a directory that others can write to are refused, for writing and removing", async () => {
    await mkdir(at("victim"));
    await writeFile(at("victim/conf"), "untouched");
    await mkdir(at("shared"));
    await chmod(at("shared"), 0o1777);
    await symlink(at("victim"), at("shared/app"));
    const error = await refusalOf(place.host.write(fileAt("shared/app/conf", "x")));
    expect(error.message).toContain(at("shared/app"));
    await refusalOf(place.host.write(fileAt("shared/app/new/deeper", "x")));
    await refusalOf(place.host.remove(at("shared/app/conf")));
    expect(await readdir(at("victim"))).toEqual(["conf"]);
  });

  test.skipIf(!isRoot)("of another user are refused (skipped unless place.root)", async () => {
    await mkdir(at("victim"));
    await symlink(at("victim"), at("app"));
    await run("chown", ["-h", "nobody", at("app")]);
    expect((await refusalOf(place.host.write(fileAt("app/conf", "x")))).message).toContain("another user");
    expect(await readdir(at("victim"))).toEqual([]);
  });

  test("that lead in a circle end", async () => {
    await symlink("two", at("one"));
    await symlink("one", at("two"));
    expect((await refusalOf(place.host.write(fileAt("one/conf", "x")))).message).toContain(
      "too many symlinks",
    );
  });
});
