/**
 * What the program says about mistakes: each with what, where and a hint. After a change of a message:
 * `npx vitest run --project integration test/integration/cli/mistakes.test.ts -u`, and read the difference.
 */
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { mapConcurrently } from "../../../src/lib/concurrency.ts";
import { runCommand } from "../../support/machine/command.ts";
import { type Mistake, mistakes } from "../../support/texts/mistakes.ts";

let top: string;
beforeAll(async () => {
  top = await mkdtemp(path.join(tmpdir(), "mistakes-"));
});
afterAll(async () => {
  await rm(top, { recursive: true });
});

/** What a person types and reads, with short names for the files of the test. */
async function make({
  title,
  args,
  config = "repository: /srv/hosts.git\n",
  files = {},
}: Mistake): Promise<string> {
  const directory = await mkdtemp(path.join(top, "one-"));
  const names = {
    "{config}": path.join(directory, "agent.yaml"),
    "{repository}": path.join(directory, "hosts"),
  };
  await mkdir(names["{repository}"]);
  await writeFile(names["{config}"], config);
  for (const [name, content] of Object.entries(files)) {
    const file = path.join(names["{repository}"], name);
    await mkdir(path.dirname(file), { recursive: true });
    await writeFile(file, content);
  }
  const named = args.map((word) => word.replace(/^\{\w+\}$/, (name) => names[name as keyof typeof names]));
  const argv = [process.execPath, "dist/gitops-agent.cjs", ...named];
  const { exitCode, stdout, stderr } = await runCommand(argv, { env: { ...process.env, NO_COLOR: "1" } });
  const typed = named
    .map((word) => (word === "" || word.includes(" ") ? JSON.stringify(word) : word))
    .join(" ");
  const text = `## ${title}\n$ gitops-agent ${typed}\n${stdout}${stderr}(exit code ${exitCode})\n`;
  return text.replaceAll(`${directory}/`, "");
}

it("says of each mistake what is wrong, where, and what to do", { timeout: 120_000 }, async () => {
  const told = await mapConcurrently(mistakes, 4, make);
  expect(told.filter((text) => text.includes("(exit code 0)") && !text.includes("warning:"))).toEqual([]);
  expect(told.filter((text) => text.includes("hunter2"))).toEqual([]);
  expect(told.filter((text) => text.includes("a bug in gitops-agent"))).toEqual([]);
  await expect(told.join("\n")).toMatchFileSnapshot("../../fixtures/golden/mistakes.txt");
});
