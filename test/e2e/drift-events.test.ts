/**
 * Drift is noticed when it happens and not at the next round, which is an hour away here: by what people do to files, to
 * systemd, and to both. What the agent does itself is no drift.
 */
import { beforeAll, expect, it } from "vitest";
import { AgentHost } from "../support/hosts/agent-host.ts";
import { describeOnEachRoot } from "../support/machine/each-root.ts";
import { sleeper } from "../support/texts/unit-texts.ts";

const etc = "/etc/systemd/system";
const dropIn = "printf '[Service]\\nNice=5\\n'";

interface Case {
  readonly what: string;
  readonly act: string;
  readonly kind: string;
  readonly undo: string;
}

const cases: readonly Case[] = [
  {
    what: "a unit file is edited",
    act: `sed -i 's/infinity/9999/' ${etc}/web.service`,
    kind: "modified",
    undo: `sed -i 's/9999/infinity/' ${etc}/web.service; systemctl daemon-reload`,
  },
  {
    what: "a managed file is replaced by an editor",
    act: "cp -p /etc/app.conf /root/app; echo y >/etc/app.new; mv /etc/app.new /etc/app.conf",
    kind: "modified",
    undo: "mv /root/app /etc/app.conf",
  },
  {
    what: "a managed file is made readable to fewer",
    act: "chmod 600 /etc/app.conf",
    kind: "mode",
    undo: "chmod 644 /etc/app.conf",
  },
  {
    what: "a drop-in comes in a directory that is made for it, as systemctl edit does",
    act: `mkdir ${etc}/web.service.d; ${dropIn} >${etc}/web.service.d/override.conf; systemctl daemon-reload`,
    kind: "foreign-drop-in",
    undo: `rm -r ${etc}/web.service.d; systemctl daemon-reload`,
  },
  {
    what: "a property is set",
    act: "systemctl set-property web.service TasksMax=77",
    kind: "foreign-drop-in",
    undo: "rm -r /etc/systemd/system.control/web.service.d; systemctl daemon-reload",
  },
  {
    what: "a property is set until the next boot",
    act: "systemctl set-property --runtime web.service TasksMax=77",
    kind: "foreign-drop-in",
    undo: "rm -r /run/systemd/system.control/web.service.d; systemctl daemon-reload",
  },
  {
    what: "a unit is disabled",
    act: "systemctl disable web.service",
    kind: "disabled",
    undo: "systemctl enable web.service",
  },
  {
    what: "a unit is enabled by a link that git does not have",
    act: "systemctl add-wants timers.target web.service",
    kind: "enabled",
    undo: `rm ${etc}/timers.target.wants/web.service; systemctl daemon-reload`,
  },
  {
    what: "a unit is masked until the next boot",
    act: "systemctl mask --runtime web.service",
    kind: "masked",
    undo: "systemctl unmask --runtime web.service",
  },
  {
    what: "a unit is stopped",
    act: "systemctl stop web.service",
    kind: "stopped",
    undo: "systemctl start web.service",
  },
  {
    what: "a unit is killed",
    act: "systemctl kill --signal=SEGV web.service",
    kind: "failed",
    undo: "systemctl start web.service",
  },
];

describeOnEachRoot("drift that is noticed at once", (boot) => {
  let host: AgentHost;

  beforeAll(async () => {
    host = await AgentHost.boot(boot, { interval: "1h" });
    await host.push({
      "units/web.service": sleeper(),
      "units/worker@.service": sleeper(),
      "files/etc/app.conf": "x\n",
      "gitops.yaml": "units: { worker@.service: { instances: [a, b] } }\n",
    });
    await host.start();
    await host.machine.waitFor("the first sync", async () => (await host.status()).sync.state === "in-sync");
  });

  /** What systemd has loaded may differ as well, until it is told of the change. */
  async function waitForKind(expected: string): Promise<void> {
    await host.machine.waitFor(`drift: ${expected}`, async () =>
      (await host.status()).drift.some(({ kind }) => kind === expected),
    );
  }

  async function waitForNone(): Promise<void> {
    await host.machine.waitFor("drift to end", async () => (await host.status()).drift.length === 0);
  }

  async function countPolls(): Promise<number> {
    const text = await host.machine.shell(
      "journalctl -u gitops-agent -o cat | grep -c repository.polled || true",
    );
    return Number(text);
  }

  async function listAlerts(): Promise<string> {
    return host.machine.journal({ unit: "gitops-agent.service", grep: "drift\\.", output: "cat" });
  }

  it.each(cases)("when $what, and its end as well", async ({ act, kind, undo }) => {
    const polls = await countPolls();
    await host.machine.shell(act);
    await waitForKind(kind);
    await host.machine.shell(undo);
    await waitForNone();
    expect(await countPolls()).toBe(polls);
  });

  it("also after the bus was restarted, with which the connection to systemd went", async () => {
    await host.machine.check(["systemctl", "kill", "--signal=KILL", "dbus.service"]);
    await host.machine.waitFor(
      "the bus",
      async () => (await host.machine.run(["busctl", "list"])).exitCode === 0,
    );
    await host.machine.check(["systemctl", "stop", "web.service"]);
    await waitForKind("stopped");
    await host.machine.check(["systemctl", "start", "web.service"]);
    await waitForNone();
  });

  it("but not what a sync writes, starts, restarts, stops and enables", async () => {
    const before = await listAlerts();
    await host.deploy({
      "units/web.service": sleeper("Nice=1\n"),
      "units/web.service.d/more.conf": "[Service]\nEnvironment=A=1\n",
      "units/new.service": sleeper(),
      "files/etc/app.conf": "y\n",
      "gitops.yaml": "units: { worker@.service: { instances: [a] } }\n",
    });
    // A difference is seen after what the sync did: its look comes after the looks at that.
    await host.machine.shell("echo z >>/etc/app.conf");
    await waitForKind("modified");
    await host.machine.shell("sed -i /z/d /etc/app.conf");
    await waitForNone();
    const after = (await listAlerts()).slice(before.length);
    expect(after.split("\n").filter((line) => line !== "" && !line.includes("/etc/app.conf"))).toEqual([]);
  });
});
