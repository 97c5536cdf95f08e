/** The agent of a user, without root, beside the agent of the system: both follow one repository, and neither touches the other. */
import { beforeAll, describe, expect, it } from "vitest";
import type { Checkup } from "../../src/core/health/checkup.ts";
import { AgentHost, encryptTo } from "../support/hosts/agent-host.ts";
import { UserAgent } from "../support/hosts/user-agent.ts";
import { describeOnEachRoot } from "../support/machine/each-root.ts";
import { container } from "../support/texts/quadlet-texts.ts";

const enabled = "[Install]\nWantedBy=default.target\n";
const sleeper = `[Service]\nExecStart=/bin/sleep infinity\n${enabled}`;
/** Shows the credential, and the file that it mentions, where the test can read them. */
const reader = `[Service]
EnvironmentFile=%E/app/env
ExecStartPre=/bin/sh -c 'cp %d/token %t/seen-token; echo "$GREETING" >%t/seen-greeting'
ExecStart=/bin/sleep infinity
${enabled}`;

describeOnEachRoot("the agent of a user", (boot, root) => {
  const layer = "hosts/alice@media";
  const mine = ["web.service", "other.service", "job.timer"];
  let host: AgentHost;
  let alice: UserAgent;
  let recipient: string;

  const seen = (name: string) => alice.check("cat", `/run/user/${alice.uid}/seen-${name}`);
  const push = async (changes: Parameters<AgentHost["push"]>[0]) => {
    const commit = await host.push(changes);
    return { commit, status: await alice.waitUntilAttempted(commit) };
  };

  beforeAll(async () => {
    host = await AgentHost.boot(boot, { host: "media" });
    alice = await UserAgent.create(host.machine, "alice");
    await alice.linger();
    recipient = await alice.configure();
    await host.push({
      "hosts/media/units/web.service": sleeper,
      [`${layer}/units/web.service`]: reader,
      [`${layer}/units/other.service`]: sleeper,
      [`${layer}/units/job.service`]: "[Service]\nType=oneshot\nExecStart=/bin/true\n",
      [`${layer}/units/job.timer`]: "[Timer]\nOnCalendar=daily\n[Install]\nWantedBy=timers.target\n",
      [`${layer}/secrets/web.service/token.age`]: await encryptTo(recipient, "it is a secret"),
      [`${layer}/files/home/alice/.config/app/env`]: "GREETING=hello\n",
    });
    await Promise.all([host.start(), alice.start()]);
    await host.machine.waitFor("both to be in sync", async () => {
      const states = [(await host.status()).sync.state, (await alice.status()).sync.state];
      return states.every((state) => state === "in-sync");
    });
  });

  it("starts what git has for the user, with its secret, and the agent of the system what git has for the host", async () => {
    const { host: name, units } = await alice.status();
    expect(name).toBe("alice@media");
    expect(units.map((unit) => unit.name)).toEqual(["job.service", ...mine.toSorted()]);
    for (const unit of mine) expect(await alice.property(unit, "ActiveState")).toBe("active");
    expect([await seen("token"), await seen("greeting")]).toEqual(["it is a secret", "hello"]);
    expect((await host.status()).units.map((unit) => unit.name)).toEqual(["web.service"]);
    expect(await host.activeState("web.service")).toBe("active");
    expect(await host.machine.exists("/etc/systemd/system/other.service")).toBe(false);
  });

  it("keeps state, sockets and secrets where nobody else can read them, and plaintext in memory only", async () => {
    const runtime = `/run/user/${alice.uid}/gitops-agent`;
    await host.machine.check(["useradd", "--create-home", "eve"]);
    for (const path of [`${runtime}/status.sock`, `${runtime}/credentials/current/web.service/token`]) {
      const asEve = await host.machine.run(["runuser", "--user", "eve", "--", "cat", path]);
      expect(asEve.stderr).toContain("Permission denied");
    }
    expect(await alice.check("stat", "--file-system", "--format=%T", runtime)).toBe("tmpfs");
    const onDisk = await alice.run(
      "grep",
      "--recursive",
      "--files-with-matches",
      "it is a secret",
      "/home/alice",
    );
    expect(onDisk.stdout).toBe("");
  });

  it("restarts the changed unit alone, also for a file that it mentions, and no unit of the system", async () => {
    const before = await alice.invocationIds(mine);
    const ofSystem = await host.invocationId("web.service");
    await push({ [`${layer}/files/home/alice/.config/app/env`]: "GREETING=good day\n" });
    const after = await alice.invocationIds(mine);
    expect(after[0]).not.toBe(before[0]);
    expect(after.slice(1)).toEqual(before.slice(1));
    expect(await seen("greeting")).toBe("good day");
    expect(await host.invocationId("web.service")).toBe(ofSystem);
  });

  it("refuses what needs root, says why, and changes nothing", async () => {
    const before = await alice.invocationIds(mine);
    const { status } = await push({
      [`${layer}/units/other.service`]: sleeper.replace("[Service]", "[Service]\nUser=root"),
      [`${layer}/units/data.swap`]: "[Swap]\nWhat=/home/alice/data\n",
    });
    expect(status.sync.state).toBe("rejected");
    const said = JSON.stringify(status.sync.rejection);
    expect(said).toContain("User=root");
    expect(said).toContain("no swap units");
    const outside = await push({
      [`${layer}/units/other.service`]: sleeper,
      [`${layer}/units/data.swap`]: null,
      [`${layer}/files/etc/x`]: "x",
    });
    expect(JSON.stringify(outside.status.sync.rejection)).toContain("outside of /home/alice");
    expect(await alice.invocationIds(mine)).toEqual(before);
    const { status: well } = await push({ [`${layer}/files/etc/x`]: null });
    expect(well.sync.state).toBe("in-sync");
  });

  it("goes back when a unit does not work, and shows what it said last", async () => {
    const failing = "[Service]\nType=oneshot\nExecStart=/bin/sh -c 'echo out of luck; exit 1'\n";
    const { status } = await push({ [`${layer}/units/new.service`]: `${failing}${enabled}` });
    expect(status.sync).toMatchObject({
      attempt: { phase: "rolled-back" },
      rejection: { code: "unhealthy" },
    });
    expect(status.sync.rejection?.details.join("\n")).toContain("out of luck");
    expect(await alice.run("test", "-e", "/home/alice/.config/systemd/user/new.service")).toMatchObject({
      exitCode: 1,
    });
    const { status: well } = await push({ [`${layer}/units/new.service`]: null });
    expect(well.sync.state).toBe("in-sync");
  });

  it("tells of drift, and puts it back", async () => {
    await alice.shell(
      "echo '# edited' >>.config/systemd/user/other.service; systemctl --user stop web.service",
    );
    const drifted = await host.machine.waitFor("the drift", async () => {
      const { drift } = await alice.status();
      return drift.length >= 2 ? drift : undefined;
    });
    expect(new Set(drifted.map(({ unit }) => unit))).toEqual(new Set(["other.service", "web.service"]));
    const { exitCode, stderr } = await alice.agent("drift", "correct", "--all");
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: "" });
    expect(await alice.property("web.service", "ActiveState")).toBe("active");
    expect(await alice.shell("cat .config/systemd/user/other.service")).not.toContain("edited");
  });

  it("shows the journal of the user's units, and not that of the system's unit of the same name", async () => {
    const { stdout } = await alice.agent("logs", "web.service", "--lines", "500");
    expect(stdout).toContain("Started web.service");
    const entered = stdout.split("\n").filter((line) => line.includes("Started web.service"));
    const systemd = await host.machine.check([
      "systemctl",
      "show",
      "--property=MainPID",
      "--value",
      `user@${alice.uid}`,
    ]);
    for (const line of entered) expect(line).toContain(`systemd[${systemd}]`);
  });

  it("passes every check of doctor, which asks the user's manager", async () => {
    const { exitCode, stdout } = await alice.agent("doctor", "--json");
    const { checks } = JSON.parse(stdout) as { readonly checks: readonly Checkup[] };
    expect(checks.filter(({ result }) => result === "problem")).toEqual([]);
    for (const check of ["lingering", "d-bus", "daemon", "at boot", "credentials", "plan", "sandbox"])
      expect(checks).toContainEqual(expect.objectContaining({ check, result: "ok" }));
    expect(checks.map(({ check }) => check)).not.toContain("group");
    expect(exitCode).toBe(0);
  });

  it("is set up by init, which says that services end at logout, and taken away by uninstall", async () => {
    const bob = await UserAgent.create(host.machine, "bob");
    // As a login does, and nothing keeps it after the logout.
    await host.machine.check(["systemctl", "start", `user@${bob.uid}.service`]);
    await host.push({ "hosts/bob@media/units/mine.service": sleeper });
    const set = await bob.agent("init", "--repo", "/srv/hosts.git", "--now");
    expect(set.stdout).toContain("hint: let them run without a login: loginctl enable-linger bob");
    expect(set.stdout).toContain("/home/bob/.config/gitops-agent/agent.yaml");
    expect(set.exitCode).toBe(0);
    expect(await bob.property("mine.service", "ActiveState")).toBe("active");
    expect(await bob.check("systemctl", "--user", "is-enabled", "gitops-agent.service")).toBe("enabled");
    await bob.shell("echo mine >.config/gitops-agent/identity.txt");
    const gone = await bob.agent("uninstall", "--purge", "--yes");
    expect(gone.exitCode).toBe(0);
    expect(await bob.property("gitops-agent.service", "ActiveState")).toBe("inactive");
    expect(await bob.property("mine.service", "ActiveState")).toBe("active");
    expect(await host.machine.exists("/home/bob/.local/state/gitops-agent")).toBe(false);
    expect(await bob.shell("ls .config/gitops-agent")).toBe("identity.txt");
    expect(await alice.property("gitops-agent.service", "ActiveState")).toBe("active");
  });

  describe.skipIf(root === "host")("with podman", () => {
    it("runs a rootless quadlet with its secret, and restarts it alone when it changes", async () => {
      // The machine lies on an overlay, which an overlay of podman cannot lie on; and nobody is to wait for a network.
      await alice.shell(
        "mkdir -p .config/containers; printf '[storage]\\ndriver = \"vfs\"\\n' >.config/containers/storage.conf",
      );
      await host.machine.check(["systemctl", "start", "network-online.target"]);
      await alice.shell("tar --create --directory=/bin busybox | podman import --quiet - localhost/tiny");
      const quadlet = (seconds: number) =>
        container({
          exec: `/busybox sleep ${seconds}`,
          container: "Network=none\nPull=never\nSecret=key\n",
        }).replace("multi-user", "default");
      const first = await push({
        [`${layer}/units/box.container`]: quadlet(10_000),
        [`${layer}/secrets/box.container/key.age`]: await encryptTo(recipient, "for the container"),
      });
      expect(first.status.sync.state).toBe("in-sync");
      const inContainer = ["podman", "exec", "systemd-box", "/busybox"];
      expect(await alice.check(...inContainer, "cat", "/run/secrets/key")).toBe("for the container");
      expect(await alice.check("ps", "-o", "user=", "-C", "conmon")).toContain("alice");
      const units = [...mine, "box.service"];
      const before = await alice.invocationIds(units);
      const second = await push({ [`${layer}/units/box.container`]: quadlet(20_000) });
      expect(second.status.sync.state).toBe("in-sync");
      const after = await alice.invocationIds(units);
      expect(after.slice(0, -1)).toEqual(before.slice(0, -1));
      expect(after.at(-1)).not.toBe(before.at(-1));
      const removed = await push({
        [`${layer}/units/box.container`]: null,
        [`${layer}/secrets/box.container/key.age`]: null,
      });
      expect(removed.status.sync.state).toBe("in-sync");
      expect(await alice.check("podman", "ps", "--quiet")).toBe("");
    });
  });

  it("has everything back after a reboot, without a login and without the repository", async () => {
    const before = await alice.invocationIds(mine);
    await host.machine.check(["mv", "/srv/hosts.git", "/srv/away.git"]);
    await host.machine.reboot();
    await alice.waitUntilBooted();
    for (const unit of mine) expect(await alice.property(unit, "ActiveState")).toBe("active");
    const after = await alice.invocationIds(mine);
    for (const [index, id] of after.entries()) expect(id).not.toBe(before[index]);
    expect(await seen("token")).toBe("it is a secret");
    await host.machine.check(["mv", "/srv/away.git", "/srv/hosts.git"]);
    await host.machine.waitFor(
      "the agent to be in sync",
      async () => (await alice.status()).sync.state === "in-sync",
    );
    expect(await alice.invocationIds(mine)).toEqual(after);
  });
});
