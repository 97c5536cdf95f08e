/** The completion script for bash, read by a real bash, which asks the built program. */
import { execFile } from "node:child_process";
import { mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import { tmpdir } from "node:os";
import path from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

const run = promisify(execFile);
const project = path.resolve(import.meta.dirname, "../../..");

/** What bash has in these variables when somebody presses Tab behind a line; bash ends words at `@` and `:` as well. */
const press = `source <(gitops-agent completion bash)
COMP_LINE=$1 COMP_POINT=\${#1}
shift
COMP_WORDS=("$@") COMP_CWORD=$(($# - 1))
_gitops_agent
printf '%s\\n' "\${COMPREPLY[@]}"`;

describe("completion in bash", () => {
  let directory = "";
  let daemon: Server;

  beforeAll(async () => {
    directory = await mkdtemp(path.join(tmpdir(), "gitops-agent-completion-"));
    await run(process.execPath, ["scripts/build.mjs", path.join(directory, "dist")], { cwd: project });
    await symlink("dist/gitops-agent.cjs", path.join(directory, "gitops-agent"));
    await writeFile(
      path.join(directory, "agent.yaml"),
      `repository: /srv/hosts.git\npaths: { runtime-directory: ${directory} }\n`,
    );
    const units = ["worker@mail.service", "worker@video.service", "web.service"].map((name) => ({ name }));
    daemon = createServer((_request, response) => response.end(JSON.stringify({ version: 1, units })));
    await new Promise<void>((resolve) => daemon.listen(path.join(directory, "control.sock"), resolve));
  });
  afterAll(async () => {
    daemon.close();
    await rm(directory, { recursive: true, force: true });
  });

  async function complete(line: string, ...words: readonly string[]): Promise<readonly string[]> {
    const env = { PATH: `${directory}:${process.env["PATH"]}` };
    const { stdout } = await run("bash", ["-c", press, "bash", line, ...words], { env });
    return stdout.split("\n").filter((word) => word !== "");
  }

  it("finishes commands and options", async () => {
    expect(await complete("gitops-agent hi", "gitops-agent", "hi")).toEqual(["history"]);
    expect(await complete("gitops-agent sync --re", "gitops-agent", "sync", "--re")).toEqual(["--retry"]);
    expect(await complete("gitops-agent drift cor", "gitops-agent", "drift", "cor")).toEqual(["correct"]);
  });

  it("has no answer for a file, so that bash completes its name", async () => {
    expect(await complete("gitops-agent check ./", "gitops-agent", "check", "./")).toEqual([]);
  });

  it("says nothing of units when no agent answers", async () => {
    expect(await complete("gitops-agent diff w", "gitops-agent", "diff", "w")).toEqual([]);
  });

  it("finishes units that the agent manages, also behind an @, where a word begins for bash", async () => {
    const config = ["-c", path.join(directory, "agent.yaml")];
    const line = `gitops-agent ${config.join(" ")} diff worker@m`;
    expect(await complete(line, "gitops-agent", ...config, "diff", "worker", "@", "m")).toEqual([
      "mail.service",
    ]);
  });
});
