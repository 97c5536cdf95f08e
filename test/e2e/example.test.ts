/** config-example/, as it is, on a real host of each kind: everything runs, nothing fails, also after a reboot. */
import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { expect, it } from "vitest";
import { AgentHost, repositoryPath } from "../support/hosts/agent-host.ts";
import { describeOnEachRoot } from "../support/machine/each-root.ts";

const run = promisify(execFile);
const projectDirectory = new URL("../..", import.meta.url).pathname;

const running: Readonly<Record<string, readonly string[]>> = {
  "media-1": ["media-server.service", "media-library.service", "media.slice", "inbox.path"],
  "jobs-1": [
    "ots.target",
    "ots-scheduler.service",
    "ots-worker@email.service",
    "ots-worker@notifications.service",
    "ots-worker@default.service",
    "web-api.service",
    "quote.socket",
  ],
};
const everywhere = ["backup.timer", "node-heartbeat.timer", "host-info.socket"];

/** Commits the example to the host's repository as a person would: files, modes and links as they are. */
async function pushExample(host: AgentHost): Promise<void> {
  const { stdout } = await run("tar", ["-C", `${projectDirectory}config-example`, "-cf", "-", "."], {
    encoding: "buffer",
    maxBuffer: 64 * 1024 * 1024,
  });
  await host.machine.check(["mkdir", "-p", "/root/hosts"]);
  await host.machine.check(["tar", "-C", "/root/hosts", "--no-same-owner", "-xf", "-"], { stdin: stdout });
  await host.machine.shell(
    "cd /root/hosts; git init -q -b main; git add -A; " +
      `git -c user.name=A -c user.email=a@example.org commit -qm 'our hosts'; git push -q ${repositoryPath} main`,
  );
}

for (const [name, units] of Object.entries(running)) {
  describeOnEachRoot(`the example's ${name}`, (boot) => {
    it("comes up from the first push, is in sync, and comes up again after a reboot", async () => {
      const host = await AgentHost.boot(boot, { host: name });
      const { machine } = host;
      const identity = `${"/opt/gitops-agent-source"}/config-example/demo/${name}.identity.txt`;
      await machine.shell(`install -m 600 ${identity} /etc/gitops-agent/identity.txt`);
      await pushExample(host);
      await host.start();
      await machine.waitFor(
        "the example to be applied",
        async () => (await host.status()).sync.state === "in-sync",
      );
      await machine.check(["systemctl", "enable", "gitops-agent.service"]);
      await expectAllUp(host, units);
      await machine.reboot();
      await expectAllUp(host, units);
      const status = await machine.waitFor("the agent after the reboot", async () => {
        const found = await host.status();
        return found.agent.running && found.sync.state === "in-sync" ? found : undefined;
      });
      expect(status.drift).toEqual([]);
      expect((await host.run("plan")).exitCode).toBe(0);
    });
  });
}

async function expectAllUp(host: AgentHost, units: readonly string[]): Promise<void> {
  for (const unit of [...units, ...everywhere]) await host.waitUntilActive(unit);
  const failed = await host.machine.check(["systemctl", "list-units", "--failed", "--plain", "--no-legend"]);
  expect(failed).toBe("");
}
