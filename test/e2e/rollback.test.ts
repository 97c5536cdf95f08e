/** A revision whose units do not work is undone, said plainly, and not tried again by itself. */
import { beforeAll, beforeEach, expect, it } from "vitest";
import type { History } from "../../src/core/model/history.ts";
import type { Status } from "../../src/core/model/status.ts";
import type { FixtureChanges } from "../support/git/git-fixture.ts";
import { AgentHost } from "../support/hosts/agent-host.ts";
import { describeOnEachRoot } from "../support/machine/each-root.ts";
import { enabled, sleeper } from "../support/texts/unit-texts.ts";

const consumer = `[Service]
ExecStart=/bin/sh -c 'grep -q good "$CREDENTIALS_DIRECTORY/token" && exec sleep infinity; echo "this token is wrong" >&2; exit 7'
${enabled}`;
const checked = `units:\n  web.service: { health: { check: [/bin/test, -e, /run/web-answers], timeout: 2s } }\n`;

describeOnEachRoot("a revision that does not work", (boot) => {
  let host: AgentHost;
  let before: { readonly good: string; readonly invocations: Map<string, string> };
  const others = ["other.service", "stays.service"];

  beforeAll(async () => {
    host = await AgentHost.boot(boot);
    await host.push({
      "units/web.service": sleeper(),
      "units/other.service": sleeper(),
      "units/stays.service": sleeper(),
      "units/consumer.service": consumer,
      "secrets/consumer.service/token.age": await host.encrypt("good"),
      "files/etc/app": "1\n",
    });
    await host.start();
    await host.machine.waitFor("the first sync", async () => (await host.status()).sync.state === "in-sync");
  });

  beforeEach(async () => {
    const status = await host.status();
    before = {
      good: status.sync.applied?.commit ?? "",
      invocations: await host.machine.invocationIds(others),
    };
  });

  async function pushBad(changes: FixtureChanges): Promise<Status> {
    const status = await host.pushAndWait({
      ...changes,
      "units/added.service": sleeper(),
      "files/etc/app": "2\n",
    });
    expect(status.sync.state).toBe("rejected");
    expect(status.sync.rejection?.code).toBe("unhealthy");
    expect(status.sync.applied?.commit).toBe(before.good);
    expect(await host.machine.readFile("/etc/app")).toBe("1\n");
    expect(await host.machine.exists("/etc/systemd/system/added.service")).toBe(false);
    expect(await host.activeState("added.service")).toBe("inactive");
    expect(await host.machine.invocationIds(others)).toEqual(before.invocations);
    expect(status.drift).toEqual([]);
    return status;
  }

  /** The next good commit is applied without anybody's help. */
  async function pushGood(changes: FixtureChanges): Promise<void> {
    await host.deploy({
      "units/web.service": sleeper(),
      "units/added.service": null,
      "files/etc/app": "1\n",
      ...changes,
    });
  }

  it("because a service exits at once: back, with exit status and last log lines, and not tried again", async () => {
    const status = await pushBad({
      "units/web.service": `[Service]\nExecStart=/bin/sh -c 'echo cannot bind the port >&2; exit 9'\n${enabled}`,
    });
    expect(status.sync.rejection?.message).toContain("web.service");
    const details = status.sync.rejection?.details.join("\n");
    expect(details).toContain("exit status 9");
    expect(details).toContain("cannot bind the port");
    expect(await host.activeState("web.service")).toBe("active");
    const text = await host.run("status");
    expect(text.exitCode).toBe(3);
    const running = await host.invocationId("web.service");
    const sync = await host.run("sync");
    expect(sync.exitCode).toBe(3);
    expect(sync.stderr).toContain("cannot bind the port");
    expect(await host.invocationId("web.service")).toBe(running);
    await host.machine.check(["systemctl", "restart", "gitops-agent.service"]);
    await host.machine.waitFor("the agent's next round", async () => (await host.status()).agent.running);
    expect(await host.invocationId("web.service")).toBe(running);
    expect((await host.run("sync", "--retry")).exitCode).toBe(3);
    expect(await host.invocationId("web.service")).not.toBe(running);
    expect(await host.activeState("web.service")).toBe("active");
    const silent = await pushBad({ "units/web.service": `[Service]\nExecStart=/bin/false\n${enabled}` });
    expect(silent.sync.rejection?.details.join("\n")).not.toContain("cannot bind the port");
    await pushGood({});
  });

  it("because a service crash-loops a moment later", async () => {
    await pushBad({
      "units/web.service": `[Service]\nExecStart=/bin/sh -c 'sleep 1; exit 1'\nRestart=always\nRestartSec=100ms\n${enabled}`,
      "gitops.yaml": "defaults: { health: { settle: 3s, timeout: 30s } }\n",
    });
    expect(await host.activeState("web.service")).toBe("active");
    await pushGood({ "gitops.yaml": null });
  });

  it("because its check fails; and one whose check passes is applied", async () => {
    const status = await pushBad({
      "units/web.service": sleeper("Environment=A=1\n"),
      "gitops.yaml": checked,
    });
    expect(status.sync.rejection?.message).toContain("the check of web.service failed");
    await host.machine.check(["touch", "/run/web-answers"]);
    await pushGood({ "units/web.service": sleeper("Environment=A=2\n"), "gitops.yaml": checked });
    await pushGood({ "gitops.yaml": null });
  });

  it("because a secret is wrong: the consumer has the old one again", async () => {
    const status = await pushBad({ "secrets/consumer.service/token.age": await host.encrypt("bad") });
    expect(status.sync.rejection?.details.join("\n")).toContain("this token is wrong");
    expect(await host.activeState("consumer.service")).toBe("active");
    await pushGood({ "secrets/consumer.service/token.age": await host.encrypt("good, and new") });
  });

  it("although it removed a unit: that is back, too", async () => {
    await pushGood({ "units/removed.service": sleeper() });
    before = { ...before, good: (await host.status()).sync.applied?.commit ?? "" };
    await pushBad({
      "units/removed.service": null,
      "units/web.service": `[Service]\nExecStart=/bin/false\n${enabled}`,
    });
    expect(await host.activeState("removed.service")).toBe("active");
    expect(await host.machine.check(["systemctl", "is-enabled", "removed.service"])).toBe("enabled");
    await pushGood({ "units/removed.service": null });
  });
});

describeOnEachRoot("a revision that removes a unit which cannot be stopped", (boot) => {
  it("is undone: the unit still runs, still has its file, and is still ours to remove", async () => {
    const host = await AgentHost.boot(boot);
    const { machine } = host;
    const path = "/etc/systemd/system/stubborn.service";
    const stubborn = `[Unit]\nRefuseManualStop=yes\n${sleeper()}`;
    await host.push({ "units/stubborn.service": stubborn, "units/other.service": sleeper() });
    await host.start();
    await machine.waitFor("the first sync", async () => (await host.status()).sync.state === "in-sync");
    const before = await machine.invocationIds(["stubborn.service", "other.service"]);
    const refused = await host.pushAndWait({ "units/stubborn.service": null });
    expect(refused.sync.rejection?.message).toContain("systemd refuses to stop stubborn.service");
    expect(await machine.invocationIds(["stubborn.service", "other.service"])).toEqual(before);
    expect(await machine.readFile(path)).toBe(stubborn);
    expect((await host.status()).drift.filter((drift) => drift.path !== null)).toEqual([]);
    await host.deploy({ "units/stubborn.service": sleeper() });
    await host.deploy({ "units/stubborn.service": null });
    expect(await host.activeState("stubborn.service")).toBe("inactive");
    expect(await machine.exists(path)).toBe(false);
  });
});

describeOnEachRoot("a revision that does not work, and whose way back is blocked", (boot) => {
  it("is said to be still there, and left as soon as the way is free", async () => {
    const host = await AgentHost.boot(boot);
    const { machine } = host;
    await host.push({ "units/web.service": sleeper(), "files/etc/blocked/app": "1\n" });
    await host.start();
    await machine.waitFor("the first sync", async () => (await host.status()).sync.state === "in-sync");
    const good = (await host.status()).sync.applied?.commit.slice(0, 7);
    const block = "mount -t tmpfs -o ro tmpfs /etc/blocked; exit 9";
    await host.push({
      "units/web.service": `[Service]\nExecStart=/bin/sh -c '${block}'\n${enabled}`,
      "files/etc/blocked/app": "2\n",
    });
    await machine.waitFor(
      "the way back to fail",
      async () => (await host.status()).sync.returnFailure !== null,
    );
    const blocked = await host.run("status");
    expect(blocked.exitCode).toBe(3);
    expect(blocked.stdout).toContain("✖ rolling back");
    expect(blocked.stdout).toMatch(
      new RegExp(`the host cannot go back to main@${good} .*\\n.*/etc/blocked/app.* read-only`),
    );
    expect((await host.run("history")).stdout).toContain("✖ rolling back");
    await machine.check(["umount", "/etc/blocked"]);
    await machine.waitFor("the way back", async () => (await host.status()).sync.state === "rejected");
    const status = await host.run("status");
    expect(status.exitCode).toBe(3);
    expect(status.stdout).toContain(`the host went back to main@${good}`);
    expect(status.stdout).not.toContain("read-only");
    expect(await machine.readFile("/etc/blocked/app")).toBe("1\n");
    expect(await host.activeState("web.service")).toBe("active");
    const history = JSON.parse((await host.run("history", "--json")).stdout) as History;
    expect(history.entries.map(({ outcome }) => outcome)).toEqual(["applied", "rolling-back", "rolled-back"]);
    expect(history.entries.at(-1)?.actions).toMatchObject([{ unit: "web.service", action: "started" }]);
  });
});

describeOnEachRoot("a first revision that does not work", (boot) => {
  it("is degraded, not undone: there is nothing to go back to", async () => {
    const host = await AgentHost.boot(boot);
    const commit = await host.push({
      "units/bad.service": `[Service]\nExecStart=/bin/false\n${enabled}`,
      "units/good.service": sleeper(),
    });
    await host.start();
    const status = await host.waitUntilAttempted(commit);
    expect(status.sync.state).toBe("degraded");
    expect(status.sync.failedUnits.map(({ unit }) => unit)).toEqual(["bad.service"]);
    expect(await host.activeState("good.service")).toBe("active");
    expect((await host.run("status")).exitCode).toBe(3);
    expect((await host.run("sync")).exitCode).toBe(3);
    await host.deploy({ "units/bad.service": sleeper() });
    expect(await host.activeState("bad.service")).toBe("active");
  });
});
