/** What a bad push, a foreign file or a lost git server does to a host: nothing, and it is said clearly. */
import { beforeAll, beforeEach, expect, it } from "vitest";
import { AgentHost, repositoryPath } from "../support/agent-host.ts";
import { describeOnEachRoot } from "../support/each-root.ts";
import { sleeper } from "../support/unit-texts.ts";

const units = ["a.service", "b.service"];
const good = { "units/a.service": sleeper(), "units/b.service": sleeper(), "gitops.yaml": null };

describeOnEachRoot("a revision that cannot be applied changes nothing", (boot) => {
  let host: AgentHost;
  let before: { readonly invocations: Map<string, string>; readonly files: string };

  /** Names, modes, times and content of everything that the agent could have written. */
  async function fingerprint() {
    const script =
      "cd /; find etc/systemd usr/local/bin run/gitops-agent/credentials -printf '%p %y %m %T@ %l\\n' 2>/dev/null | sort; " +
      "find etc/systemd usr/local/bin -type f -exec sha256sum {} + 2>/dev/null | sort -k2";
    return { invocations: await host.machine.invocationIds(units), files: await host.machine.shell(script) };
  }

  /** The next good state, so that each case starts from a host in sync. */
  beforeAll(async () => {
    host = await AgentHost.boot(boot);
    await host.push({ ...good, "secrets/a.service/token.age": await host.encrypt("value") });
    await host.start();
    await host.machine.waitFor("the first sync", async () => (await host.status()).sync.state === "in-sync");
  });

  beforeEach(async () => {
    before = await fingerprint();
  });

  async function expectNothingChanged(): Promise<void> {
    expect(await fingerprint()).toEqual(before);
  }

  it("with a secret that this host cannot decrypt", async () => {
    const other = await AgentHost.encryptForStranger("x");
    const status = await host.pushAndWait({ "secrets/b.service/key.age": other });
    expect(status.sync.state).toBe("rejected");
    expect(status.sync.rejection?.code).toBe("secret-undecryptable");
    await expectNothingChanged();
    const sync = await host.run("sync");
    expect(sync.exitCode).toBe(3);
    expect(sync.stderr).toContain("secrets/b.service/key.age");
    expect(sync.stderr).toMatch(/^hint: /m);
    expect((await host.run("status")).exitCode).toBe(3);
    await expectNothingChanged();
    await host.deploy({ "secrets/b.service/key.age": null });
  });

  it("with broken YAML, and says file, line and column", async () => {
    const status = await host.pushAndWait({ "gitops.yaml": "units:\n  a.service: { on_change: reload }\n" });
    expect(status.sync.rejection?.code).toBe("repository-invalid");
    const details = status.sync.rejection?.details.join("\n");
    expect(details).toContain("gitops.yaml:2:16: error:");
    expect(details).toContain("on-change");
    await expectNothingChanged();
    await host.deploy({ "gitops.yaml": null });
  });

  it("with a file that is no unit", async () => {
    const status = await host.pushAndWait({ "units/notes.txt": "hello" });
    expect(status.sync.rejection?.details.join("\n")).toContain("units/notes.txt");
    await expectNothingChanged();
    await host.deploy({ "units/notes.txt": null });
  });

  it("that defines a protected unit", async () => {
    const status = await host.pushAndWait({ "units/ssh.service": sleeper() });
    expect(status.sync.rejection?.code).toBe("protected");
    expect(status.sync.rejection?.message).toContain("ssh.service");
    await expectNothingChanged();
    await host.deploy({ "units/ssh.service": null });
  });

  it("that would overwrite a foreign file, which stays byte for byte; an identical one is adopted", async () => {
    const text = "[Service]\nExecStart=/bin/sleep 1000\n# mine\n";
    await host.machine.writeFile("/etc/systemd/system/foreign.service", text);
    before = await fingerprint();
    const status = await host.pushAndWait({
      "units/foreign.service": sleeper(),
      "units/c.service": sleeper(),
    });
    expect(status.sync.rejection?.code).toBe("conflict");
    expect(status.sync.rejection?.message).toContain("/etc/systemd/system/foreign.service");
    await expectNothingChanged();
    expect(await host.machine.readFile("/etc/systemd/system/foreign.service")).toBe(text);
    await host.deploy({ "units/foreign.service": text, "units/c.service": null });
    expect(await host.machine.readFile("/etc/systemd/system/foreign.service")).toBe(text);
    await host.deploy({ "units/foreign.service": null });
    expect(await host.machine.exists("/etc/systemd/system/foreign.service")).toBe(false);
  });

  it("that is empty, since that is more likely a mistake", async () => {
    const status = await host.pushAndWait({
      "units/a.service": null,
      "units/b.service": null,
      "secrets/a.service/token.age": null,
    });
    expect(status.sync.state).toBe("rejected");
    expect(status.sync.rejection?.hint).toContain("allow-empty");
    await expectNothingChanged();
    await host.deploy({ ...good, "secrets/a.service/token.age": await host.encrypt("value") });
  });

  it("and neither does a git server that is gone: status says since when, and it recovers by itself", async () => {
    await host.machine.check(["mv", repositoryPath, `${repositoryPath}.away`]);
    const gone = await host.machine.waitFor("the failure to be noticed", async () => {
      const status = await host.status();
      return status.source.failure === null ? undefined : status;
    });
    expect(gone.source.failure?.code).toBe("repository-unreachable");
    expect(Date.parse(gone.source.failure?.since ?? "")).toBeGreaterThan(
      Date.parse(gone.source.polledAt ?? "") - 1,
    );
    expect((await host.run("status")).stdout).toMatch(/since/);
    expect(gone.sync.state).toBe("in-sync");
    await expectNothingChanged();
    await host.machine.check(["mv", `${repositoryPath}.away`, repositoryPath]);
    await host.machine.waitFor(
      "the agent to recover",
      async () => (await host.status()).source.failure === null,
      60_000,
    );
    await expectNothingChanged();
  });
});
