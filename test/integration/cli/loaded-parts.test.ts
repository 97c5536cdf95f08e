/** Which files of the built program a command loads: each costs the start of every such command. */
import { execFile } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

const run = promisify(execFile);
const project = path.resolve(import.meta.dirname, "../../..");

/** Writes to standard error, as the process ends, which files were loaded besides the first. */
const report = `process.on("exit", () => {
  const { basename } = require("node:path");
  const loaded = Object.keys(require("node:module")._cache).filter((file) => file.includes("/parts/"));
  require("node:fs").writeSync(2, "loaded: " + JSON.stringify(loaded.map((file) => basename(file))) + "\\n");
});`;

describe("the built program", () => {
  let directory = "";

  beforeAll(async () => {
    directory = await mkdtemp(path.join(tmpdir(), "gitops-agent-parts-"));
    await run(process.execPath, ["scripts/build.mjs", directory], { cwd: project });
    await writeFile(path.join(directory, "report.cjs"), report);
  });
  afterAll(() => rm(directory, { recursive: true, force: true }));

  async function listLoadedParts(...words: readonly string[]): Promise<unknown> {
    const program = [path.join(directory, "report.cjs"), path.join(directory, "gitops-agent.cjs")] as const;
    const ended = run(process.execPath, ["--require", ...program, ...words]);
    const stderr: unknown = await ended.then(
      (result) => result.stderr,
      (error: unknown) => (error instanceof Error && "stderr" in error ? error.stderr : ""),
    );
    return JSON.parse(/^loaded: (.*)$/m.exec(String(stderr))?.[1] ?? "null");
  }

  it("answers --version without the command line", async () => {
    expect(await listLoadedParts("--version")).toEqual(["start.cjs"]);
  });

  // Without a configuration they end where they would ask the agent.
  it.each([
    "--help",
    "status --help",
    "status -c /nowhere",
    "history -c /nowhere",
    "drift -c /nowhere",
    "sync -c /nowhere",
  ])("loads for %s no part but those of a command that asks", async (words) => {
    expect(await listLoadedParts(...words.split(" "))).toEqual(["start.cjs", "ask.cjs"]);
  });

  it("reads a repository on disk without what the agent needs", async () => {
    const loaded = await listLoadedParts("check", directory);
    expect(loaded).toContain("check.cjs");
    expect(loaded).not.toContain("agent.cjs");
  });
});
