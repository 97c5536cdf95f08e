/** What a bad push, a foreign file or a lost git server does to a host: nothing, and it is said clearly. */
import path from "node:path";
import { beforeAll, beforeEach, expect, it } from "vitest";
import { AgentHost, repositoryPath } from "../support/hosts/agent-host.ts";
import { describeOnEachRoot } from "../support/machine/each-root.ts";
import { sleeper } from "../support/texts/unit-texts.ts";

const sandboxDropIn = "/etc/systemd/system/gitops-agent.service.d/sandbox.conf";
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

  it("with a unit in a directory that is not searched for units", async () => {
    const status = await host.pushAndWait({ "units/web/d.service": sleeper() });
    expect(status.sync.rejection?.details.join("\n")).toContain("units/web/d.service");
    await expectNothingChanged();
    await host.deploy({ "units/web/d.service": null });
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

  it("with a file where the agent's own sandbox is closed; one drop-in and a restart of the agent open it", async () => {
    const { machine } = host;
    await machine.check(["mkdir", "-p", "/boot/loader", "/home/site"]);
    const wanted = {
      "files/boot/loader/x.conf": "x",
      "files/home/site/index": "y",
      "files/etc/app.conf": "z",
    };
    const status = await host.pushAndWait({ ...wanted, "units/a.service": sleeper("Nice=1\n") });
    expect(status.sync.state).toBe("rejected");
    expect(status.sync.rejection?.code).toBe("not-writable");
    const details = status.sync.rejection?.details.join("\n");
    for (const name of ["/boot/loader/x.conf", "/home/site/index"]) {
      expect(details).toContain(
        `files${name}: error: cannot write ${name}: ${path.dirname(name)} is read-only`,
      );
    }
    expect(details).not.toContain("/etc/app.conf");
    expect(await machine.exists("/etc/app.conf")).toBe(false);
    await expectNothingChanged();
    const [lines] = /ReadWritePaths=.*(?= below)/.exec(status.sync.rejection?.hint ?? "") ?? [""];
    expect(lines).toBe("ReadWritePaths=/boot/loader /home/site");
    await machine.writeFile(sandboxDropIn, `[Service]\n${lines}\n`);
    await machine.shell("systemctl daemon-reload; systemctl restart gitops-agent.service");
    await machine.waitFor(
      "the revision to be applied",
      async () => (await host.status()).sync.state === "in-sync",
    );
    for (const [name, text] of Object.entries(wanted)) {
      expect(await machine.readFile(name.slice("files".length))).toBe(text);
    }
    expect(await machine.properties("a.service", ["Nice"])).toEqual({ Nice: "1" });
  });

  it("that deletes a file there, and is tried once, not at every poll", async () => {
    const { machine } = host;
    await machine.shell(
      `rm ${sandboxDropIn}; systemctl daemon-reload; systemctl restart gitops-agent.service`,
    );
    await machine.waitFor("the first round", async () => (await host.status()).agent.running);
    before = await fingerprint();
    const gone = {
      "files/boot/loader/x.conf": null,
      "files/home/site/index": null,
      "files/etc/app.conf": null,
    };
    const { sync } = await host.pushAndWait({ ...gone, ...good });
    expect(sync.rejection?.code).toBe("not-writable");
    expect(sync.rejection?.message).toContain("cannot delete /boot/loader/x.conf: /boot/loader is read-only");
    expect(await machine.exists("/etc/app.conf")).toBe(true);
    await expectNothingChanged();
    const countAttempts = async () => (await host.journal()).split("revision.rejected").length;
    const attempts = await countAttempts();
    const { source } = await host.status();
    await machine.waitFor(
      "another poll",
      async () => (await host.status()).source.polledAt !== source.polledAt,
    );
    expect(await countAttempts()).toBe(attempts);
    // ReadWritePaths= would not open /boot itself: the setting that names it counts.
    const opened = "ReadOnlyPaths=\nReadOnlyPaths=/usr -/efi\nReadWritePaths=/home/site\n";
    await machine.writeFile(sandboxDropIn, `[Service]\n${opened}`);
    await machine.shell("systemctl daemon-reload; systemctl restart gitops-agent.service");
    await machine.waitFor(
      "the revision to be applied",
      async () => (await host.status()).sync.state === "in-sync",
    );
    for (const name of Object.keys(gone))
      expect(await machine.exists(name.slice("files".length))).toBe(false);
    expect(await machine.properties("a.service", ["Nice"])).toEqual({ Nice: "0" });
    before = await fingerprint();
  });

  it("and neither does a token file that other users can read: it is not used", async () => {
    const { machine } = host;
    await machine.writeFile("/root/token", "secret-token\n", 0o644);
    const access = "repository: { url: https://127.0.0.1:9/hosts.git, token-file: /root/token }\n";
    await machine.writeFile(
      "/root/https.yaml",
      `${access}host: h1\npaths: { state-directory: /root/state }\n`,
    );
    const { exitCode, stderr } = await host.run("--config", "/root/https.yaml", "plan");
    expect(exitCode).toBe(3);
    expect(stderr).toContain(
      "cannot use the token file /root/token: its permissions (0644) let other users read it",
    );
    expect(stderr).toContain("hint: chmod 600 /root/token");
    await machine.check(["chmod", "600", "/root/token"]);
    const closed = await host.run("--config", "/root/https.yaml", "plan");
    expect(closed.stderr).toContain("cannot reach");
    await expectNothingChanged();
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
