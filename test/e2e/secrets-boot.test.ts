/** A host whose only identity is its ssh host key boots without network, git server and agent: every secret is there. */
import { beforeAll, expect, it } from "vitest";
import { encryptFor, parseRecipient } from "../../src/secrets/formats/recipients.ts";
import { AgentHost, repositoryPath } from "../support/hosts/agent-host.ts";
import { describeOnEachRoot } from "../support/machine/each-root.ts";
import { enabled } from "../support/texts/unit-texts.ts";

const count = 30;
const consumers = Array.from({ length: count }, (_, index) => `c-${index}.service`);
const restoreUnit = "gitops-agent-credentials.service";
const hostKey = "/etc/ssh/ssh_host_ed25519_key";
const stored = "/run/gitops-agent/credentials";

/** Fails when it finds no secret, or an empty one. */
const consumer = `[Service]
ExecStart=/bin/sh -c 'test -s %d/token && exec sleep infinity'
${enabled}`;

describeOnEachRoot("a boot without network, git server and agent, with the ssh host key", (boot) => {
  let host: AgentHost;

  async function useHostKey(): Promise<string> {
    const { machine } = host;
    await machine.shell(
      `mkdir -p /etc/ssh; rm -f ${hostKey}*; ssh-keygen -q -t ed25519 -N '' -C root@h1 -f ${hostKey}`,
    );
    await machine.check(["rm", "/etc/gitops-agent/identity.txt"]);
    const configPath = "/etc/gitops-agent/agent.yaml";
    const yaml = await machine.readFile(configPath);
    await machine.writeFile(configPath, yaml.replace("/etc/gitops-agent/identity.txt", hostKey));
    return machine.check(["cat", `${hostKey}.pub`]);
  }

  function tokenOf(unit: string): string {
    return `the token of ${unit}`;
  }

  async function readDelivered(): Promise<readonly string[]> {
    const files = consumers.map((unit) => `/run/credentials/${unit}/token`);
    const script = 'for file; do cat "$file"; echo; done';
    return (await host.machine.check(["sh", "-euc", script, "sh", ...files])).split("\n");
  }

  beforeAll(async () => {
    host = await AgentHost.boot(boot);
    const recipient = parseRecipient(await useHostKey());
    const changes: Record<string, string | Uint8Array> = {};
    for (const unit of consumers) {
      changes[`units/${unit}`] = consumer;
      const plaintext = new TextEncoder().encode(tokenOf(unit));
      changes[`secrets/${unit}/token.age`] = await encryptFor([recipient], plaintext);
    }
    await host.push(changes);
    await host.start();
    await host.machine.waitFor("the first sync", async () => (await host.status()).sync.state === "in-sync");
    await host.machine.check(["systemctl", "disable", "gitops-agent.service"]);
    await host.machine.check(["mv", repositoryPath, `${repositoryPath}.away`]);
    await host.machine.reboot();
  });

  it("gives each of 30 consumers its own secret", async () => {
    for (const unit of consumers) await host.waitUntilActive(unit);
    expect(await host.activeState("gitops-agent.service")).toBe("inactive");
    expect(await readDelivered()).toEqual(consumers.map(tokenOf));
  });

  it("starts each of them after the restore had ended", async () => {
    const { machine } = host;
    const restored = await machine.properties(restoreUnit, ["ActiveEnterTimestampMonotonic", "Result"]);
    expect(restored["Result"]).toBe("success");
    for (const unit of consumers) {
      const started = await machine.properties(unit, ["ExecMainStartTimestampMonotonic", "After"]);
      expect(started["After"]?.split(" ")).toContain(restoreUnit);
      expect(Number(started["ExecMainStartTimestampMonotonic"]), unit).toBeGreaterThan(
        Number(restored["ActiveEnterTimestampMonotonic"]),
      );
    }
  });

  it("keeps them on a ramfs that only root can enter, and nothing beside the applied ones", async () => {
    const { machine } = host;
    expect(await machine.check(["findmnt", "-no", "FSTYPE", stored])).toBe("ramfs");
    const tree = await machine.shell(`cd ${stored}; find . -printf '%y %m %u\\n' | sort | uniq -c`);
    expect(tree.split("\n").map((line) => line.trim())).toEqual([
      `${count + 2} d 700 root`,
      `${count} f 400 root`,
      "1 l 777 root",
    ]);
  });

  it("and one that is restarted while the agent is down finds its secret", async () => {
    await host.machine.check(["systemctl", "restart", "c-7.service"]);
    expect(await host.activeState("c-7.service")).toBe("active");
    expect((await readDelivered())[7]).toBe(tokenOf("c-7.service"));
  });
});
