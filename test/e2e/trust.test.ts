/** Who may deploy: signatures by allowed signers, and a history that is only ever added to. */
import { beforeAll, expect, it } from "vitest";
import { AgentHost, repositoryPath } from "../support/hosts/agent-host.ts";
import { describeOnEachRoot } from "../support/machine/each-root.ts";
import { sleeper } from "../support/texts/unit-texts.ts";

const clone = "/root/clone";
const git = `git -C ${clone} -c user.name=Alice -c user.email=alice@example.org -c gpg.format=ssh`;

describeOnEachRoot("with allowed signers, a push", (boot) => {
  let host: AgentHost;

  /** Commits a unit in the clone on the machine, signed with `key` or not at all, and pushes. */
  async function commit(text: string, key: "alice" | "mallory" | null, push = true): Promise<string> {
    const sign = key === null ? "" : `-c user.signingkey=/root/${key}`;
    await host.machine.writeFile(`${clone}/units/a.service`, text);
    await host.machine.shell(
      `${git} add -A; ${git} ${sign} commit -q ${key === null ? "" : "-S"} -m 'a change'`,
    );
    if (push) await host.machine.shell(`${git} push -q origin main`);
    return host.machine.shell(`${git} rev-parse HEAD`);
  }

  beforeAll(async () => {
    const agentYaml = "verify: { allowed-signers: /etc/gitops-agent/allowed_signers }";
    host = await AgentHost.boot(boot, { agentYaml });
    for (const key of ["alice", "mallory"]) {
      await host.machine.check([
        "ssh-keygen",
        "-q",
        "-t",
        "ed25519",
        "-N",
        "",
        "-C",
        key,
        "-f",
        `/root/${key}`,
      ]);
    }
    await host.machine.shell(
      "echo \"alice@example.org $(cut -d' ' -f1,2 /root/alice.pub)\" >/etc/gitops-agent/allowed_signers; chmod 644 /etc/gitops-agent/allowed_signers",
    );
    await host.machine.shell(
      `git clone -q ${repositoryPath} ${clone}; git -C ${clone} checkout -q -b main; mkdir ${clone}/units`,
    );
    await host.machine.writeFile(`${clone}/gitops.yaml`, "defaults: { health: { settle: 300ms } }\n");
    const first = await commit(sleeper(), "alice");
    await host.start();
    const status = await host.waitUntilAttempted(first);
    expect(status.sync).toMatchObject({ state: "in-sync", signedBy: "alice@example.org" });
  });

  async function expectRefused(tip: string, code: string): Promise<void> {
    const before = await host.invocationId("a.service");
    const status = await host.waitUntilAttempted(tip);
    expect(status.sync.rejection?.code).toBe(code);
    expect(await host.invocationId("a.service")).toBe(before);
    expect((await host.run("status")).exitCode).toBe(3);
  }

  it("that is signed by an allowed signer is applied, and status says by whom", async () => {
    const status = await host.waitUntilAttempted(await commit(sleeper("Nice=1\n"), "alice"));
    expect(status.sync.state).toBe("in-sync");
    expect((await host.run("status")).stdout).toContain("signed by alice@example.org");
    const [newest = ""] = (await host.run("history")).stdout.split("\n\n");
    expect(newest).toMatch(/● applied {2}main@\w{7} .* signed by alice@example\.org/);
    expect(newest).toContain("restarted a.service: Nice= added (units/a.service:");
  });

  it("that is not signed is refused, and so is a signed commit on top of it", async () => {
    await expectRefused(await commit(sleeper("Nice=2\n"), null), "revision-untrusted");
    await expectRefused(await commit(sleeper("Nice=3\n"), "alice"), "revision-untrusted");
    expect((await host.run("plan")).exitCode).toBe(3);
  });

  it("that was forced is stalled until a person accepts it, and its signatures are asked for all the same", async () => {
    await host.machine.shell(`${git} reset -q --hard HEAD~3`);
    const forged = await commit(sleeper("Nice=4\n"), "mallory", false);
    await host.machine.shell(`${git} push -q --force origin main`);
    await expectRefused(forged, "history-rewritten");
    expect((await host.status()).sync.state).toBe("stalled");
    const stranger = await host.run("sync", "--accept-rewrite");
    expect(stranger.exitCode).toBe(3);
    expect(stranger.stderr).toMatch(/signed|signature/);
    await host.machine.shell(`${git} reset -q --hard HEAD~1`);
    const honest = await commit(sleeper("Nice=5\n"), "alice", false);
    await host.machine.shell(`${git} push -q --force origin main`);
    await expectRefused(honest, "history-rewritten");
    expect((await host.run("sync", "--accept-rewrite")).exitCode).toBe(0);
    expect(await host.machine.properties("a.service", ["Nice"])).toEqual({ Nice: "5" });
  });
});
