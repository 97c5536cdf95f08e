/** `init` and `uninstall` without a terminal, for a repository behind ssh: from an installed agent to one that runs, and back. */
import { beforeAll, describe, expect, it } from "vitest";
import type { Status } from "../../src/core/model/status.ts";
import { SshServer } from "../support/git/ssh-server.ts";
import type { CommandResult } from "../support/machine/command.ts";
import { describeOnEachRoot } from "../support/machine/each-root.ts";
import type { Machine } from "../support/machine/machine.ts";

const projectDirectory = new URL("../..", import.meta.url).pathname.replace(/\/$/, "");
const sourceInMachine = "/opt/gitops-agent-source";
const url = "git@git.example.org:ops/hosts.git";
const credentials = "/run/gitops-agent/credentials/current/hello.service/token";
const keys = ["agent.yaml", "deploy_key", "deploy_key.pub", "identity.txt", "known_hosts"];

if (!SshServer.isAvailable() && process.env["CI"] === "true") throw new Error("sshd is needed with CI=true");

describe.skipIf(!SshServer.isAvailable())("with a git server", () => {
  describeOnEachRoot("init and uninstall", (boot) => {
    let machine: Machine;
    let server: SshServer;
    let invocation = "";

    beforeAll(async () => {
      machine = await boot({
        hostname: "web-1",
        binds: [{ source: projectDirectory, target: sourceInMachine, readOnly: true }],
      });
      await machine.check([`${sourceInMachine}/systemd/install.sh`]);
      server = await SshServer.start(machine, "git.example.org", "ops/hosts.git");
      await machine.shell("gitops-agent init --repository /root/hosts; cd /root/hosts; git init -q -b main");
      await commitAndPush();
    });

    async function commitAndPush(): Promise<void> {
      await machine.shell(`
        cd /root/hosts; git add -A
        git -c user.name=A -c user.email=a@example.org commit -qm 'Change units'
        git bundle create --quiet /tmp/hosts.bundle main
        runuser -u git -- git --git-dir /home/git/ops/hosts.git fetch --quiet /tmp/hosts.bundle main:main
      `);
    }

    const run = (...args: readonly string[]): Promise<CommandResult> =>
      machine.run(["gitops-agent", ...args]);
    const listConfig = async () =>
      (await machine.check(["ls", "/etc/gitops-agent"]))
        .split("\n")
        .filter((name) => !name.endsWith(".example"));
    const invocationOf = async () =>
      (await machine.invocationIds(["hello.service"])).get("hello.service") ?? "";
    const isEnabled = async (unit: string) =>
      (await machine.run(["systemctl", "is-enabled", unit])).exitCode === 0;

    it("--dry-run names what would be written, and changes nothing", async () => {
      const { exitCode, stdout } = await run("init", "--repo", url, "--dry-run");
      for (const name of keys.filter((key) => !key.endsWith(".pub"))) {
        expect(stdout).toContain(`would write  /etc/gitops-agent/${name}`);
      }
      expect(exitCode).toBe(1);
      expect(await listConfig()).toEqual([]);
    });

    it("trusts no git server that nobody has confirmed, and shows its fingerprint", async () => {
      const { exitCode, stdout } = await run("init", "--repo", url, "--now");
      expect(stdout).toContain(`gitops-agent init --accept-host-key ${server.fingerprint}`);
      expect(exitCode).toBe(1);
      expect(await listConfig()).toEqual(keys.filter((name) => name !== "known_hosts"));
      const modes = await machine.check([
        "stat",
        "-c",
        "%a",
        ...["identity.txt", "deploy_key", "agent.yaml"].map((name) => `/etc/gitops-agent/${name}`),
      ]);
      expect(modes.split("\n")).toEqual(["600", "600", "644"]);
    });

    it("does not pin a key that the server does not show", async () => {
      const other = `SHA256:${"A".repeat(43)}`;
      const { exitCode, stderr } = await run("init", "--accept-host-key", other);
      expect(exitCode).toBe(3);
      expect(stderr).toContain(server.fingerprint);
      expect(await listConfig()).not.toContain("known_hosts");
    });

    it("pins the key that was confirmed, says what to paste where, and takes up where it ended", async () => {
      const deployKey = await machine.readFile("/etc/gitops-agent/deploy_key.pub");
      const { exitCode, stdout } = await run("init", "--accept-host-key", server.fingerprint);
      expect(exitCode).toBe(1);
      expect(stdout).toContain("found        /etc/gitops-agent/agent.yaml");
      expect(stdout).toContain(`\n${deployKey}`);
      expect(stdout).toMatch(/\nhosts:\n {2}web-1: \{ recipient: "age1\w+" \}\n/);
      expect(stdout).toContain("does not accept the ssh key");
      expect(await machine.readFile("/etc/gitops-agent/known_hosts")).toMatch(
        /^git\.example\.org ssh-ed25519 \S+\n$/,
      );
      expect(await machine.readFile("/etc/gitops-agent/deploy_key.pub")).toBe(deployKey);
    });

    it("prints lines for gitops.yaml with which a secret can be encrypted for this host", async () => {
      const { stdout } = await run("init");
      const lines = /^hosts:\n.*\n/m.exec(stdout)?.[0] ?? "";
      const config = await machine.readFile("/root/hosts/gitops.yaml");
      await machine.writeFile("/root/hosts/gitops.yaml", `${config}${lines}`);
      await machine.check(["gitops-agent", "secret", "set", "-C", "/root/hosts", "hello.service/token"], {
        stdin: "open sesame",
      });
      await commitAndPush();
    });

    it("--wait goes on when the key is registered, shows the plan, and asks before it applies", async () => {
      const waiting = run("init", "--wait", "2min");
      await server.allow(await machine.readFile("/etc/gitops-agent/deploy_key.pub"));
      const { exitCode, stdout } = await waiting;
      expect(stdout).toMatch(/start +hello\.service/);
      expect(stdout).toContain("Nothing was applied.");
      expect(exitCode).toBe(1);
      expect(await machine.exists("/etc/systemd/system/hello.service")).toBe(false);
      expect(await isEnabled("gitops-agent.service")).toBe(false);
    });

    it("--now applies, and enables the agent and the restore of its credentials", async () => {
      const { exitCode, stderr } = await run("init", "--now");
      expect(stderr).toBe("");
      expect(exitCode).toBe(0);
      const status = JSON.parse((await run("status", "--json")).stdout) as Status;
      expect(status.sync.state).toBe("in-sync");
      expect(status.units.map(({ name }) => name)).toContain("hello.service");
      for (const unit of ["gitops-agent.service", "gitops-agent-credentials.service"]) {
        expect(await isEnabled(unit)).toBe(true);
      }
      expect(await machine.exists(credentials)).toBe(true);
      invocation = await invocationOf();
      expect(invocation).not.toBe("");
    });

    it("given again finds everything, and shows the status", async () => {
      const before = await machine.shell("cd /etc/gitops-agent; stat -c '%n %i %Y' *");
      const { exitCode, stdout } = await run("init", "--repo", url, "--now");
      expect(exitCode).toBe(0);
      expect(stdout).not.toContain("wrote");
      expect(stdout).toContain("in sync");
      expect(await machine.shell("cd /etc/gitops-agent; stat -c '%n %i %Y' *")).toBe(before);
    });

    it("does not overwrite an agent.yaml that says something else", async () => {
      const before = await machine.readFile("/etc/gitops-agent/agent.yaml");
      const { exitCode, stderr } = await run("init", "--repo", "https://elsewhere.example.org/x.git");
      expect(exitCode).toBe(2);
      expect(stderr).toContain(`repository.url is ${url} there`);
      expect(await machine.readFile("/etc/gitops-agent/agent.yaml")).toBe(before);
    });

    it("uninstall stops and disables the agent, and leaves its services and their secrets alone", async () => {
      expect((await run("uninstall", "--dry-run")).exitCode).toBe(1);
      expect(await isEnabled("gitops-agent.service")).toBe(true);
      const { exitCode, stdout } = await run("uninstall");
      expect(exitCode).toBe(0);
      expect(stdout).toContain("3 units of git stay as they are");
      expect(await isEnabled("gitops-agent.service")).toBe(false);
      expect(await isEnabled("gitops-agent-credentials.service")).toBe(true);
      expect(await machine.exists(credentials)).toBe(true);
      expect(await invocationOf()).toBe(invocation);
      expect(await listConfig()).toEqual(keys);
    });

    it("init takes up what an uninstall has left, without touching a service", async () => {
      expect((await run("init", "--now")).exitCode).toBe(0);
      expect(await invocationOf()).toBe(invocation);
    });

    it("uninstall --purge deletes nothing without a yes", async () => {
      expect((await run("uninstall", "--purge")).exitCode).toBe(2);
      expect((await run("status")).exitCode).toBe(0);
      expect(await listConfig()).toEqual(keys);
    });

    it("uninstall --purge deletes state and keys after a yes on the terminal, and the services run on", async () => {
      const script = [
        "script",
        "--quiet",
        "--return",
        "--command",
        "gitops-agent uninstall --purge",
        "/dev/null",
      ];
      const { exitCode, stdout } = await machine.run(script, { stdin: "y\n" });
      expect(stdout).toContain("do not start again without them: hello.service");
      expect(stdout).toContain("delete all this?");
      expect(exitCode).toBe(0);
      expect(await listConfig()).toEqual([]);
      expect(await machine.exists("/var/lib/gitops-agent")).toBe(false);
      expect(await machine.exists(credentials)).toBe(false);
      expect(await isEnabled("gitops-agent-credentials.service")).toBe(false);
      expect(await invocationOf()).toBe(invocation);
      expect((await run("uninstall")).exitCode).toBe(0);
    });
  });
});
