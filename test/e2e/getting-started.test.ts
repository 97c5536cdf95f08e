/**
 * docs/getting-started.md on a booted machine: each of its commands is run as it stands, with the answers that it shows, and
 * must print what it shows. What a reader has already is made here: a git server with an empty repository, a key for it.
 */
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { SshServer } from "../support/git/ssh-server.ts";
import { makeHostPackage } from "../support/hosts/host-package.ts";
import { describeOnEachRoot } from "../support/machine/each-root.ts";
import type { Machine } from "../support/machine/machine.ts";
import {
  makeOutputPattern,
  normalizeOutput,
  readAnswers,
  readConsoleBlocks,
  type ShownCommand,
} from "../support/texts/console-document.ts";

const projectDirectory = new URL("../..", import.meta.url).pathname.replace(/\/$/, "");
const sourceInMachine = "/opt/gitops-agent-source";
const sshHostKey = "/etc/ssh/ssh_host_ed25519_key";

/** Commands that need what a test machine does not have, and what is run instead. */
const replaced = new Map([
  // apt would ask Debian's servers for what the package recommends.
  ["apt install ./gitops-agent_0.1.0_all.deb", "dpkg --no-triggers --install /root/gitops-agent.deb"],
]);

const commands = readConsoleBlocks(readFileSync(`${projectDirectory}/docs/getting-started.md`, "utf8"));

if (!SshServer.isAvailable() && process.env["CI"] === "true") throw new Error("sshd is needed with CI=true");

describe.skipIf(!SshServer.isAvailable())("with a git server", () => {
  describeOnEachRoot("docs/getting-started.md", (boot, root) => {
    let machine: Machine;
    let server: SshServer;
    mkdirSync("build", { recursive: true });
    // Below the directory that the machine has bound.
    const directory = mkdtempSync(path.join("build", "test-"));
    afterAll(() => rmSync(directory, { recursive: true, force: true }));

    beforeAll(async () => {
      machine = await boot({
        hostname: "web-1",
        binds: [{ source: projectDirectory, target: sourceInMachine, readOnly: true }],
      });
      server = await SshServer.start(machine, "git.example.org", "ops/hosts.git");
      const { file } = await makeHostPackage(root, directory);
      await machine.shell(`
        test -e ${sshHostKey} || ssh-keygen -q -t ed25519 -N '' -f ${sshHostKey}
        ssh-keygen -q -t ed25519 -N '' -f /root/.ssh/id_ed25519
        ssh-keyscan -t ed25519 git.example.org >/root/.ssh/known_hosts 2>/dev/null
        git config --global user.name 'Alice Example'; git config --global user.email alice@example.org
        ln -sf ${sourceInMachine}/dist/gitops-agent.cjs /usr/bin/gitops-agent
        cp ${sourceInMachine}/${file} /root/gitops-agent.deb
        mkfifo /root/answers
      `);
      await server.allow(await machine.readFile("/root/.ssh/id_ed25519.pub"));
    });

    /** In one shell for all, so that cd has an effect; on a terminal. Returns what the terminal showed. */
    async function runShown(shown: ShownCommand): Promise<string> {
      const command = replaced.get(shown.command) ?? shown.command;
      const script = `cd "$(cat /root/here 2>/dev/null || echo /root)"; ${command}; code=$?; pwd >/root/here; exit $code`;
      await machine.writeFile("/root/command", script);
      await machine.check(["rm", "-f", "/root/typescript"]);
      const terminal =
        "exec script --flush --quiet --return --command 'bash /root/command' /root/typescript <>/root/answers";
      const running = machine.run(["bash", "-c", terminal], { env: { HOME: "/root", TERM: "dumb" } });
      await Promise.race([running, answer(shown)]);
      const { exitCode, stdout } = await running;
      expect(exitCode, stdout).toBe(0);
      return stdout;
    }

    /** Does what the text asks the reader to do, when the terminal asks for it. */
    async function answer(shown: ShownCommand): Promise<void> {
      const answers = readAnswers(shown);
      const typescript = () => machine.readFile("/root/typescript");
      for (const [index, text] of answers.entries()) {
        await machine.waitFor(
          `question ${index + 1}`,
          async () => (await typescript()).split("[y/N] ").length > index + 1,
        );
        await machine.check(["sh", "-c", 'echo "$1" >/root/answers', "sh", text]);
      }
      if (!shown.output.some((line) => line.startsWith("not yet: "))) return;
      await machine.waitFor("the deploy key", async () => (await typescript()).includes("not yet: "));
      await server.allow(await machine.readFile("/etc/gitops-agent/deploy_key.pub"));
    }

    for (const shown of commands) {
      it(`${shown.command} does what the document says`, async () => {
        const output = normalizeOutput(await runShown(shown));
        if (!replaced.has(shown.command)) expect(output).toMatch(makeOutputPattern(shown));
      });
    }

    it("ends with a service that runs, and an agent that comes up at boot", async () => {
      expect((await machine.properties("hello.service", ["ActiveState"]))["ActiveState"]).toBe("active");
      expect((await machine.run(["systemctl", "is-enabled", "gitops-agent.service"])).exitCode).toBe(0);
    });
  });
});
