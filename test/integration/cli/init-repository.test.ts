/** `init --repository`: a repository that people can begin with. */
import { execFileSync } from "node:child_process";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { parse } from "yaml";
import { runCheck } from "../../../src/cli/commands/check.ts";
import { runInitRepository } from "../../../src/cli/commands/init-repository.ts";

let parent: string;
let directory: string;

beforeEach(async () => {
  parent = await mkdtemp(join(tmpdir(), "gitops-agent-starter-"));
  directory = join(parent, "our hosts");
});

afterEach(async () => {
  await rm(parent, { recursive: true });
});

async function quietly<T>(run: () => Promise<T>): Promise<T & {}> {
  const spy = vi.spyOn(process.stdout, "write").mockReturnValue(true);
  try {
    return (await run()) as T & {};
  } finally {
    spy.mockRestore();
  }
}

function git(...args: readonly string[]): string {
  const env = { PATH: process.env["PATH"], GIT_CONFIG_NOSYSTEM: "1", GIT_CONFIG_GLOBAL: "/dev/null" };
  const identity = ["-c", "user.name=A", "-c", "user.email=a@example.org"];
  return execFileSync("git", ["-C", directory, ...identity, ...args], { env, encoding: "utf8" });
}

describe("a new repository", () => {
  it("has no mistakes and no warnings, and all of it can be committed", async () => {
    expect(await quietly(() => runInitRepository(directory, false))).toBe(0);
    const written: string[] = [];
    const spy = vi
      .spyOn(process.stdout, "write")
      .mockImplementation((text) => written.push(String(text)) > 0);
    expect(await runCheck(directory, { json: true, verbose: false, suggest: false, manager: "system" })).toBe(
      0,
    );
    spy.mockRestore();
    const { hosts, diagnostics } = JSON.parse(written.join(""));
    expect(hosts).toEqual([{ host: "localhost", units: 3, files: 0, secrets: 0 }]);
    expect(diagnostics).toEqual([]);
    git("init", "--quiet", "--initial-branch=main");
    git("add", "--all");
    git("commit", "--quiet", "--message=First units");
    expect(git("status", "--porcelain")).toBe("");
    expect(git("ls-tree", "HEAD", ".githooks/pre-commit")).toMatch(/^100755 /);
  });

  it("has checks for three forges, each of which runs gitops-agent check", async () => {
    await quietly(() => runInitRepository(directory, false));
    for (const path of [".github/workflows/check.yml", ".forgejo/workflows/check.yml"]) {
      const { jobs } = parse(await readFile(join(directory, path), "utf8"));
      const commands = jobs.check.steps.map((step: { run?: string }) => step.run);
      expect(commands).toContain("gitops-agent check");
    }
    const { check } = parse(await readFile(join(directory, ".gitlab-ci.yml"), "utf8"));
    expect(check.script).toContain("gitops-agent check");
  });

  it("is not written over files that are there, not even in part", async () => {
    await mkdir(directory);
    await writeFile(join(directory, "gitops.yaml"), "mine\n");
    await expect(runInitRepository(directory, false)).rejects.toMatchObject({
      code: "usage",
      message: expect.stringContaining("has gitops.yaml already; nothing was written"),
    });
    expect(execFileSync("ls", ["-A", directory], { encoding: "utf8" })).toBe("gitops.yaml\n");
    expect(await readFile(join(directory, "gitops.yaml"), "utf8")).toBe("mine\n");
  });

  it("is only named by --dry-run", async () => {
    expect(await quietly(() => runInitRepository(directory, true))).toBe(1);
    expect(execFileSync("ls", ["-A", parent], { encoding: "utf8" })).toBe("");
  });
});
