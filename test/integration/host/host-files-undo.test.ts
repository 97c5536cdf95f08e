/** HostFiles as it removes, makes backups, and puts back what stood there before. */
import {
  chmod,
  chown,
  lstat,
  mkdir,
  readdir,
  readFile,
  readlink,
  rm,
  stat,
  symlink,
  writeFile,
} from "node:fs/promises";
import path from "node:path";
import { describe, expect, test } from "vitest";
import { isRoot, refusalOf, startMs, TemporaryHost } from "./temporary-host.ts";

const place = TemporaryHost.forEachTest();
const { at, fileAt, linkAt } = place;

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
      await place.host.write(fileAt(`${name}/one.conf`, "x"));
      await place.host.write(linkAt(`${name}/two.service`, "/dev/null"));
      await place.host.remove(at(`${name}/one.conf`));
    }
    expect((await readdir(place.root)).sort()).toEqual([...systemd, ...others].sort());
    for (const name of [...systemd, ...others]) await place.host.remove(at(`${name}/two.service`));
    expect((await readdir(place.root)).sort()).toEqual([...others].sort());
  });

  test("what is not there is no error, also below a directory that is not there", async () => {
    await place.host.remove(at("missing"));
    await place.host.remove(at("no/such/web.service.d/x.conf"));
    expect(await readdir(place.root)).toEqual([]);
  });

  test("a directory can be used again after it was emptied", async () => {
    for (let round = 0; round < 2; round += 1) {
      await place.host.write(fileAt("web.service.d/x.conf", "x"));
      await place.host.remove(at("web.service.d/x.conf"));
      expect(await place.host.list(at("web.service.d"))).toEqual([]);
    }
  });

  test("a link is removed, not what it points to", async () => {
    await writeFile(at("file"), "x");
    await symlink("file", at("link"));
    await place.host.remove(at("link"));
    expect(await readdir(place.root)).toEqual(["file"]);
  });
});

describe("backups", () => {
  test("keep bytes and links below the time and the whole path, readable by the owner only", async () => {
    await writeFile(at("unit"), "by hand");
    await symlink("/dev/null", at("mask"));
    const copy = await place.host.backup(at("unit"), []);
    expect(copy).toBe(path.join(place.root, "backups", "20261120T083000Z", place.root, "unit"));
    expect(await readFile(copy, "utf8")).toBe("by hand");
    expect((await lstat(copy)).mode & 0o7777).toBe(0o600);
    expect((await lstat(at("backups"))).mode & 0o7777).toBe(0o700);
    expect(await readlink(await place.host.backup(at("mask"), []))).toBe("/dev/null");
    expect(await readdir(at("backups"))).toHaveLength(1);
  });

  test("of the same file in the same second do not overwrite each other", async () => {
    const copies: string[] = [];
    for (const text of ["one", "two", "three"]) {
      await writeFile(at("unit"), text);
      copies.push(await place.host.backup(at("unit"), []));
    }
    const texts = await Promise.all(copies.map((copy) => readFile(copy, "utf8")));
    expect(texts).toEqual(["one", "two", "three"]);
  });

  test("only the newest hundred times are kept, and what is not ours stays", async () => {
    await writeFile(at("unit"), "x");
    await mkdir(at("backups/kept-by-hand"), { recursive: true, mode: 0o700 });
    for (let second = 0; second < 103; second += 1) {
      place.timeMs = startMs + second * 1000;
      await place.host.backup(at("unit"), []);
    }
    const names = (await readdir(at("backups"))).sort();
    expect(names).toHaveLength(101);
    expect(names[0]).toBe("20261120T083003Z");
    expect(names.at(-1)).toBe("kept-by-hand");
  });

  test("that are still needed are kept, however old they are", async () => {
    await writeFile(at("unit"), "x");
    const needed = await place.host.backup(at("unit"), []);
    for (let second = 1; second < 103; second += 1) {
      place.timeMs = startMs + second * 1000;
      await place.host.backup(at("unit"), [needed]);
    }
    expect(await readFile(needed, "utf8")).toBe("x");
  });

  test("of nothing and of a directory are refused, so that nothing is overwritten unsaved", async () => {
    expect((await refusalOf(place.host.backup(at("missing"), []))).message).toContain("cannot make a backup");
    await mkdir(at("directory"));
    await refusalOf(place.host.backup(at("directory"), []));
  });
});

describe("an original", () => {
  async function describeFile(name: string) {
    const found = (await place.host.observe([at(name)])).get(at(name));
    if (found?.kind !== "file") throw new Error(`no file at ${name}`);
    return { ...found, managed: false, copy: await place.host.backup(at(name), []) };
  }

  test("of a file is back with its bytes, its mode and its owner", async () => {
    await writeFile(at("unit"), "by hand");
    await chmod(at("unit"), 0o460);
    if (isRoot) await chown(at("unit"), 1, 12_345);
    const original = await describeFile("unit");
    const before = await stat(at("unit"));
    await place.host.write(fileAt("unit", "git"));
    await place.host.restore(at("unit"), original);
    expect(await readFile(at("unit"), "utf8")).toBe("by hand");
    const { mode, uid, gid } = await stat(at("unit"));
    expect({ mode, uid, gid }).toEqual({ mode: before.mode, uid: before.uid, gid: before.gid });
  });

  test("of a link is that link, and of nothing is nothing", async () => {
    for (const name of ["link", "nothing"]) await writeFile(at(name), "git");
    await place.host.restore(at("link"), { kind: "link", managed: false, linkTarget: "/dev/null" });
    await place.host.restore(at("nothing"), { kind: "absent", managed: true });
    expect(await readlink(at("link"))).toBe("/dev/null");
    expect((await readdir(place.root)).sort()).toEqual(["link"]);
  });

  test("whose copy is gone changes nothing, and the error says which copy", async () => {
    await writeFile(at("unit"), "by hand");
    const original = await describeFile("unit");
    await writeFile(at("unit"), "git");
    await rm(original.copy);
    const error = await refusalOf(place.host.restore(at("unit"), original));
    expect(error.message).toContain(original.copy);
    expect(await readFile(at("unit"), "utf8")).toBe("git");
  });
});
