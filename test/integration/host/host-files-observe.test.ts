/** HostFiles as it looks at a host: what stands where, and what has changed since. */
import { execFile } from "node:child_process";
import { chmod, chown, mkdir, rm, symlink, truncate, writeFile } from "node:fs/promises";
import { userInfo } from "node:os";
import { promisify } from "node:util";
import { beforeEach, describe, expect, test } from "vitest";
import { digestBytes } from "../../../src/lib/digest.ts";
import { isRoot, TemporaryHost } from "./temporary-host.ts";

const run = promisify(execFile);
const place = TemporaryHost.forEachTest();
const { at, observeOne } = place;

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
    expect((await place.host.observe([place.root])).get(place.root)).toEqual({
      kind: "other",
      what: "a directory",
    });
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
    const observed = await place.host.observe(names.map(at));
    expect([...observed.keys()]).toEqual(names.map(at));
    const digests = [...observed.values()].map((file) => (file.kind === "file" ? file.digest : file.kind));
    expect(digests).toEqual(names.map((name) => digestBytes(name)));
  });

  test.skipIf(!isRoot)(
    "shows the number of an owner without a name (skipped unless place.root)",
    async () => {
      await writeFile(at("file"), "");
      await chown(at("file"), 3_999_999, 3_999_998);
      expect(await observeOne("file")).toMatchObject({ owner: "3999999", group: "3999998" });
    },
  );

  test.skipIf(isRoot)("calls a file that it may not read unreadable (skipped as place.root)", async () => {
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
    return (await place.host.observe([at(name)], "recall")).get(at(name));
  }

  beforeEach(() => {
    // Late enough for the times of the files to be trusted.
    place.timeMs = Date.now() + 5_000;
  });

  test("sees what reading sees, also after every kind of change", async () => {
    const changes: (() => Promise<unknown>)[] = [
      () => writeFile(at("unit"), "one"),
      () => writeFile(at("unit"), "two"),
      () => chmod(at("unit"), 0o600),
      () => rm(at("unit")),
      () => symlink("/dev/null", at("unit")),
      () => place.host.remove(at("unit")),
      () => mkdir(at("unit")),
    ];
    for (const change of changes) {
      await change();
      place.timeMs = Date.now() + 5_000;
      const read = await observeOne("unit");
      expect(await recallOne("unit")).toEqual(read);
      expect(await recallOne("unit")).toEqual(read);
    }
  });

  test.skipIf(!isRoot)("sees another owner (skipped unless place.root)", async () => {
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
      place.timeMs = Date.now() + 5_000;
      for (const directory of ["real", "link", "real", "link"]) {
        expect(await place.host.list(at(directory))).toContain(name);
      }
    }
    await rm(at("real"), { recursive: true });
    expect(await place.host.list(at("real"))).toEqual([]);
  });
});
