/** A host that gets another name, and a revision that takes most of a host away: nothing is done until a person says so. */
import { beforeAll, expect, it } from "vitest";
import type { Status } from "../../src/core/model/status.ts";
import { AgentHost, repositoryPath } from "../support/hosts/agent-host.ts";
import { describeOnEachRoot } from "../support/machine/each-root.ts";
import { sleeper } from "../support/texts/unit-texts.ts";

const inventoryPath = "/var/lib/gitops-agent/inventory.json";

/** What systemd runs and what stands in its directory: equal when nothing was changed. */
async function fingerprint({ machine }: AgentHost, units: readonly string[]) {
  const files = "cd /etc/systemd/system; find . -printf '%p %y %m %T@ %l\\n' | sort";
  return { invocations: await machine.invocationIds(units), files: await machine.shell(files) };
}

async function waitForStatus(host: AgentHost, what: string, isThere: (status: Status) => boolean) {
  return host.machine.waitFor(what, async () => {
    const status = await host.status();
    return status.agent.running && isThere(status) ? status : undefined;
  });
}

const isStalled = ({ sync }: Status) => sync.state === "stalled";
const isInSync = ({ sync }: Status) => sync.state === "in-sync";

describeOnEachRoot("a host that gets another name", (boot) => {
  const own = ["a.service", "b.service", "c.service"];
  const units = [...own, "base.service"];
  let host: AgentHost;

  async function rename(name: string): Promise<void> {
    await host.machine.check(["hostname", name]);
    await host.machine.check(["systemctl", "restart", "gitops-agent.service"]);
  }

  beforeAll(async () => {
    host = await AgentHost.boot(boot, { host: "media" });
    await host.machine.writeFile(
      "/etc/gitops-agent/agent.yaml",
      `repository: ${repositoryPath}\ninterval: 5s\n`,
    );
    await host.push({
      "units/base.service": sleeper(),
      ...Object.fromEntries(own.map((unit) => [`hosts/media/units/${unit}`, sleeper()])),
    });
    await host.start();
    await waitForStatus(host, "the first sync", isInSync);
  });

  it("keeps all that it has, and every command says why and what a person can do", async () => {
    const before = await fingerprint(host, units);
    await rename("media-2");
    const { sync, host: name } = await waitForStatus(host, "the host to be stalled", isStalled);
    expect(name).toBe("media-2");
    expect(sync.stall).toMatchObject({
      code: "host-changed",
      message: "what is applied here belongs to media, and this host is now media-2",
    });
    const shown = await host.run("status");
    expect(shown.exitCode).toBe(3);
    expect(shown.stdout).toContain("media-2  ✖ stalled");
    expect(shown.stdout).toContain("gitops-agent sync --accept-host");
    for (const command of ["sync", "plan", "diff"]) {
      const { exitCode, stderr } = await host.run(command);
      expect([command, exitCode]).toEqual([command, 3]);
      expect(stderr).toContain("belongs to media, and this host is now media-2");
    }
    expect(await host.machine.properties("gitops-agent.service", ["StatusText"])).toMatchObject({
      StatusText: expect.stringMatching(
        /^stalled at main@[0-9a-f]{7}: what is applied here belongs to media/,
      ),
    });
    expect(await fingerprint(host, units)).toEqual(before);
  });

  it("takes no push meanwhile, and takes it by itself when the name is right again", async () => {
    const before = await fingerprint(host, units);
    await host.push({ "hosts/media/units/a.service": sleeper("Nice=1\n") });
    expect((await host.run("sync")).exitCode).toBe(3);
    expect(await fingerprint(host, units)).toEqual(before);
    await rename("media");
    const { sync } = await waitForStatus(host, "the push to be applied", isInSync);
    expect(sync.stall).toBeNull();
    expect(await host.machine.properties("a.service", ["Nice"])).toEqual({ Nice: "1" });
    const after = await host.machine.invocationIds(units);
    expect(after.get("base.service")).toBe(before.invocations.get("base.service"));
  });

  it("is not stalled any more once the name is right, even while the repository does not answer", async () => {
    await rename("media-2");
    await waitForStatus(host, "the host to be stalled", isStalled);
    await host.machine.check(["mv", repositoryPath, `${repositoryPath}.away`]);
    await rename("media");
    const status = await waitForStatus(host, "the first round", ({ source }) => source.failure !== null);
    expect(status.sync).toMatchObject({ state: "in-sync", stall: null });
    await host.machine.check(["mv", `${repositoryPath}.away`, repositoryPath]);
    expect((await host.run("sync")).exitCode).toBe(0);
  });

  it("with the state of an earlier version, gets its name into it, and nothing else happens", async () => {
    const before = await fingerprint(host, units);
    await host.machine.check(["systemctl", "stop", "gitops-agent.service"]);
    const inventory: Record<string, unknown> = JSON.parse(await host.machine.readFile(inventoryPath));
    expect(inventory["host"]).toBe("media");
    const { host: _, ...earlier } = inventory;
    await host.machine.writeFile(inventoryPath, JSON.stringify(earlier), 0o600);
    await host.start();
    await host.machine.waitFor("the name to be recorded", async () =>
      (await host.machine.readFile(inventoryPath)).includes('"host":"media"'),
    );
    await waitForStatus(host, "the first round", isInSync);
    expect(await fingerprint(host, units)).toEqual(before);
  });

  it("gets what git has for the new name when a person says so; to remove most of it is a question of its own", async () => {
    const before = await fingerprint(host, units);
    await rename("media-2");
    await waitForStatus(host, "the host to be stalled", isStalled);
    const accepted = await host.run("sync", "--accept-host");
    expect(accepted.exitCode).toBe(3);
    expect(accepted.stderr).toContain(
      "would remove 3 of 4 units of this host: a.service, b.service, c.service",
    );
    const { sync } = await host.status();
    expect(sync).toMatchObject({ state: "stalled", stall: null, rejection: { code: "prune-limit" } });
    expect(await fingerprint(host, units)).toEqual(before);
    expect((await host.run("sync", "--allow-prune")).exitCode).toBe(0);
    for (const unit of own) expect(await host.activeState(unit)).toBe("inactive");
    expect(await host.invocationId("base.service")).toBe(before.invocations.get("base.service"));
    await host.machine.check(["systemctl", "restart", "gitops-agent.service"]);
    await waitForStatus(host, "the first round", isInSync);
  });
});

describeOnEachRoot("a commit that takes most units from a host", (boot) => {
  const common = ["a", "b", "c", "d", "e", "f"].map((name) => `${name}.service`);
  const own = ["y.service", "z.service"];
  const units = [...common, ...own];
  let host: AgentHost;

  /** `mv units unit`: the layout does not know that directory. */
  const moved = Object.fromEntries(
    common.flatMap((unit) => [
      [`units/${unit}`, null],
      [`unit/${unit}`, sleeper()],
    ]),
  );
  const movedBack = Object.fromEntries(
    common.flatMap((unit) => [
      [`unit/${unit}`, null],
      [`units/${unit}`, sleeper()],
    ]),
  );

  beforeAll(async () => {
    host = await AgentHost.boot(boot);
    await host.push({
      ...Object.fromEntries(common.map((unit) => [`units/${unit}`, sleeper()])),
      ...Object.fromEntries(own.map((unit) => [`hosts/h1/units/${unit}`, sleeper()])),
    });
    await host.start();
    await waitForStatus(host, "the first sync", isInSync);
  });

  it("changes nothing, and says how many of how many, which, and what a person can do", async () => {
    const before = await fingerprint(host, units);
    const { sync } = await host.pushAndWait(moved);
    expect(sync.state).toBe("stalled");
    expect(sync.rejection).toMatchObject({
      code: "prune-limit",
      message:
        "the revision would remove 6 of 8 units of this host: a.service, b.service, c.service and 3 more",
      hint: expect.stringContaining("gitops-agent sync --allow-prune"),
    });
    expect((await host.run("status")).exitCode).toBe(3);
    expect((await host.run("status")).stdout).toMatch(/✖ main@\w{7} .* waits for a decision since/);
    expect((await host.run("plan")).exitCode).toBe(3);
    expect((await host.run("sync")).exitCode).toBe(3);
    expect((await host.run("history")).stdout).toMatch(/^@1 {2}\S+ \(.*\) {2}✖ stalled/);
    expect(await fingerprint(host, units)).toEqual(before);
  });

  it("keeps later commits waiting that take as much, and lets one pass that does not", async () => {
    const before = await fingerprint(host, units);
    const still = await host.pushAndWait({ "hosts/h1/units/y.service": sleeper("Nice=1\n") });
    expect(still.sync.state).toBe("stalled");
    expect(await fingerprint(host, units)).toEqual(before);
    await host.deploy(movedBack);
    expect(await host.machine.properties("y.service", ["Nice"])).toEqual({ Nice: "1" });
    expect(await host.invocationId("a.service")).toBe(before.invocations.get("a.service"));
  });

  it("is applied when a person says so", async () => {
    expect((await host.pushAndWait(moved)).sync.state).toBe("stalled");
    expect((await host.run("sync", "--allow-prune")).exitCode).toBe(0);
    expect((await host.status()).sync.state).toBe("in-sync");
    for (const unit of common) expect(await host.activeState(unit)).toBe("inactive");
    for (const unit of own) expect(await host.activeState(unit)).toBe("active");
  });

  it("is not what a rollback waits for", async () => {
    const { sync } = await host.pushAndWait({
      ...movedBack,
      "units/broken.service": "[Service]\nExecStart=/bin/false\n[Install]\nWantedBy=multi-user.target\n",
    });
    expect(sync).toMatchObject({ state: "rejected", rejection: { code: "unhealthy" }, returnFailure: null });
    for (const unit of [...common, "broken.service"]) {
      expect(await host.machine.exists(`/etc/systemd/system/${unit}`)).toBe(false);
      expect(await host.activeState(unit)).toBe("inactive");
    }
    await host.deploy({ "units/broken.service": null });
  });

  it("is not asked about where agent.yaml says so", async () => {
    expect((await host.pushAndWait(moved)).sync.state).toBe("stalled");
    const yaml = await host.machine.readFile("/etc/gitops-agent/agent.yaml");
    await host.machine.writeFile("/etc/gitops-agent/agent.yaml", `${yaml}prune-limit: 75%\n`);
    await host.machine.check(["systemctl", "restart", "gitops-agent.service"]);
    await waitForStatus(host, "the revision to be applied", isInSync);
    for (const unit of common) expect(await host.activeState(unit)).toBe("inactive");
  });
});
