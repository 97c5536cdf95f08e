/** Reading a directory as if it were a commit. */
import { execFileSync } from "node:child_process";
import { chmod, mkdir, mkdtemp, rm, symlink, truncate, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { digestBytes } from "../../../src/lib/digest.ts";
import { snapshotLimits } from "../../../src/source/snapshot-rules.ts";
import { readWorkTree } from "../../../src/source/work-tree.ts";
import { runGit } from "../../support/git/git-fixture.ts";
import { everything, neverAborted, openRepository } from "./open-repository.ts";

let directory = "";

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "gitops-agent-tree-"));
});

afterEach(async () => {
  await rm(directory, { recursive: true, force: true });
});

async function put(path: string, content: string | Uint8Array = ""): Promise<void> {
  await mkdir(dirname(join(directory, path)), { recursive: true });
  await writeFile(join(directory, path), content);
}

describe("readWorkTree", () => {
  it("sees what a commit of the same files would hold, in the same order", async () => {
    const { source, repository } = await openRepository();
    await source.commit({
      "units/web.service": "[Unit]\n",
      "units/web.service.d/50-x.conf": "x",
      "units/web": "",
      "files/run.sh": { mode: "executable", content: "#!/bin/sh\n" },
      "units/telnet.socket": { symlink: "/dev/null" },
      "units-extra": "y",
    });
    const committed = await repository.readSnapshot(
      await repository.fetch(neverAborted()),
      everything,
      neverAborted(),
    );
    await runGit(["clone", "--quiet", source.bareDirectory, join(directory, "work")]);

    const { files, revision } = await readWorkTree(join(directory, "work"));
    expect(revision).toMatchObject({ branch: "work tree", commit: "0".repeat(40) });
    const shape = ({ files: read }: typeof committed) =>
      [...read.values()].map(({ path, mode, bytes }) => [path, mode, bytes]);
    expect(shape({ files, revision })).toEqual(shape(committed));
    expect(files.get("units/web.service")?.blob).toBe(digestBytes("[Unit]\n"));
  });

  it("does not follow a symlink out of the directory", async () => {
    await mkdir(join(directory, "repo"));
    await put("outside/secret", "s");
    await symlink("../outside", join(directory, "repo/link"));
    const { files } = await readWorkTree(join(directory, "repo"));
    expect([...files.values()].map(({ path, mode }) => [path, mode])).toEqual([["link", "symlink"]]);
  });

  it("skips what git cannot commit", async () => {
    await put("a");
    execFileSync("mkfifo", [join(directory, "fifo")]);
    await mkdir(join(directory, "empty"));
    expect([...(await readWorkTree(directory)).files.keys()]).toEqual(["a"]);
  });

  it("refuses a nested repository where files are wanted, and passes over others", async () => {
    await put("units/lib/.git", "gitdir: elsewhere\n");
    await put("units/lib/a.service");
    await put("units/b.service");
    await expect(readWorkTree(directory)).rejects.toMatchObject({
      code: "repository-invalid",
      subject: "units/lib",
    });
    const { files } = await readWorkTree(directory, (path) => path.endsWith(".service"));
    expect([...files.keys()]).toEqual(["units/b.service"]);
  });

  it("refuses the names that a commit may not have", async () => {
    await put("units/a\nb.service");
    await expect(readWorkTree(directory)).rejects.toMatchObject({ subject: "units/a\\x0ab.service" });
    await rm(join(directory, "units/a\nb.service"));
    const latin1 = Buffer.concat([Buffer.from(`${directory}/units/`), Buffer.from([0xfc])]);
    await writeFile(latin1, "");
    await expect(readWorkTree(directory)).rejects.toMatchObject({ subject: "units/\\xfc" });
    expect((await readWorkTree(directory, () => false)).files.size).toBe(0);
  });

  it("refuses a file over the limit", async () => {
    await put("large");
    await truncate(join(directory, "large"), snapshotLimits.fileBytes + 1);
    await expect(readWorkTree(directory)).rejects.toMatchObject({
      code: "repository-invalid",
      subject: "large",
    });
  });

  it("says which directory is not there", async () => {
    const missing = join(directory, "missing");
    await expect(readWorkTree(missing)).rejects.toMatchObject({
      code: "repository-invalid",
      subject: missing,
    });
  });

  it("takes only the owner's permission for executable, as git does", async () => {
    await put("a");
    await chmod(join(directory, "a"), 0o655);
    expect((await readWorkTree(directory)).files.get("a")?.mode).toBe("file");
    await chmod(join(directory, "a"), 0o700);
    expect((await readWorkTree(directory)).files.get("a")?.mode).toBe("executable");
  });
});
