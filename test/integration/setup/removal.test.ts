/** What a purge deletes below the state directory, and what it leaves. */
import { mkdir, mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { makeSystemLayout, systemPaths } from "../../../src/core/model/system-layout.ts";
import { listPresent, listState, removePaths } from "../../../src/setup/removal.ts";

let stateDirectory: string;

beforeEach(async () => {
  stateDirectory = await mkdtemp(join(tmpdir(), "gitops-agent-removal-"));
});

afterEach(async () => {
  await rm(stateDirectory, { recursive: true, force: true });
});

async function fill(names: readonly string[]): Promise<void> {
  for (const name of names) await writeFile(join(stateDirectory, name), "");
}

function layout() {
  return makeSystemLayout({ ...systemPaths, stateDirectory });
}

describe("a purge", () => {
  it("deletes the agent's state with its directory", async () => {
    await fill(["inventory.json", "sync.json", "history.json", "intent.json", "hmac.key"]);
    await fill(["sync.json.unreadable-1", ".inventory.json.gitops-agent-0123456789abcdef"]);
    await mkdir(join(stateDirectory, "repository.git", "objects"), { recursive: true });
    await mkdir(join(stateDirectory, "backups"));
    await removePaths(await listState(layout()), [stateDirectory]);
    expect(await listPresent([stateDirectory])).toEqual([]);
  });

  it("leaves what is not the agent's, also where agent.yaml names a directory of others", async () => {
    await fill(["inventory.json", "passwords.txt", "my-inventory.json"]);
    await mkdir(join(stateDirectory, "dpkg"));
    await removePaths(await listState(layout()), [stateDirectory]);
    expect((await readdir(stateDirectory)).sort()).toEqual(["dpkg", "my-inventory.json", "passwords.txt"]);
  });

  it("finds nothing where there is no state", async () => {
    await rm(stateDirectory, { recursive: true });
    expect(await listState(layout())).toEqual([]);
  });
});
