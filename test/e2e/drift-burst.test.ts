/** Very much at once: nothing is lost, the log has few lines, and the agent does not grow. */
import { beforeAll, expect, it } from "vitest";
import { AgentHost } from "../support/hosts/agent-host.ts";
import { describeOnEachRoot } from "../support/machine/each-root.ts";
import { sleeper } from "../support/texts/unit-texts.ts";

const count = 200;
const instances = Array.from({ length: count }, (_, index) => `i${index}`);
const all = `many@{${instances.join(",")}}.service`;
const files = Array.from({ length: 300 }, (_, index) => `file${index}.conf`);
const install = "[Install]\nWantedBy=multi-user.target\n";

describeOnEachRoot("very much drift at once", (boot) => {
  let host: AgentHost;

  beforeAll(async () => {
    host = await AgentHost.boot(boot, { interval: "1h" });
    await host.push({
      "gitops.yaml": `defaults: { health: { settle: 0s, timeout: 90s } }\nunits: { many@.service: { instances: [${instances.join(", ")}] } }\n`,
      "units/many@.service": sleeper(),
      "units/web.service": sleeper(),
      "units/loop.service": `[Unit]\nStartLimitIntervalSec=0\n[Service]\nRestart=always\nRestartSec=400ms\nExecStart=/bin/sh -c 'while [ ! -e /run/loop ]; do sleep 0.1; done; exit 1'\n${install}`,
      ...Object.fromEntries(files.map((name) => [`files/etc/drift/${name}`, `${name}\n`])),
    });
    await host.start();
    await host.machine.waitFor(
      "the first sync",
      async () => (await host.status()).sync.state === "in-sync",
      180_000,
    );
  });

  const listNews = async () => {
    const text = await host.machine.journal({
      unit: "gitops-agent.service",
      grep: "drift\\.",
      output: "cat",
    });
    return text.split("\n").filter((line) => line !== "");
  };

  async function waitForDrift(what: string, isThere: (kinds: readonly string[]) => boolean): Promise<void> {
    await host.machine.waitFor(
      what,
      async () => {
        const { drift } = await host.status();
        return isThere(drift.filter(({ state }) => state !== "new").map(({ kind }) => kind));
      },
      120_000,
    );
  }

  const waitForNone = () => waitForDrift("no drift", (kinds) => kinds.length === 0);

  const residentKb = async () =>
    Number(
      await host.machine.shell(
        "sed -n 's/^VmRSS: *\\([0-9]*\\) kB/\\1/p' /proc/$(systemctl show --property=MainPID --value gitops-agent.service)/status",
      ),
    );

  it("200 units that fail together are all in status, in a few lines of the log", async () => {
    const before = (await listNews()).length;
    await host.machine.shell(`systemctl kill --signal=SEGV ${all}`);
    await waitForDrift(
      "200 failed units",
      (kinds) => kinds.filter((kind) => kind === "failed").length === count,
    );
    const news = (await listNews()).slice(before);
    expect(news.some((line) => line.startsWith("drift.burst"))).toBe(true);
    expect(news.length).toBeLessThan(count / 2);
    expect((await host.status()).sync.state).toBe("degraded");
    await host.machine.shell(`systemctl start ${all}`);
    await waitForNone();
    expect((await listNews()).length - before).toBeLessThan(count);
  });

  it("300 files of a managed directory that are replaced by others are all in status, and over when they are back", async () => {
    const before = (await listNews()).length;
    await host.machine.shell("cp -a /etc/drift /root/drift; for f in /etc/drift/*; do echo x >>$f; done");
    await waitForDrift("300 edited files", (kinds) => kinds.length === files.length);
    await host.machine.shell("for f in /root/drift/*; do cp -a $f /etc/drift/; done");
    await waitForNone();
    expect((await listNews()).length - before).toBeLessThan(files.length);
  });

  it("20,000 events of files leave no alert, little memory, and an agent that sees the next change", async () => {
    const before = (await listNews()).length;
    const rss = await residentKb();
    await host.machine.shell("for i in $(seq 70); do touch /etc/drift/*; done");
    await host.machine.shell("rm /etc/drift/file7.conf");
    await waitForDrift("the next change", (kinds) => kinds.join() === "missing");
    expect((await listNews()).length).toBe(before + 1);
    expect((await residentKb()) - rss).toBeLessThan(64 * 1024);
    await host.machine.shell("cp -a /root/drift/file7.conf /etc/drift/");
    await waitForNone();
  });

  it("a unit that systemd restarts twice a second is told as a loop, and not at each restart", async () => {
    const before = (await listNews()).length;
    await host.machine.shell("touch /run/loop");
    await waitForDrift("the loop", (kinds) => kinds.includes("looping"));
    const told = (await listNews()).length;
    const restarts = async () =>
      Number((await host.machine.properties("loop.service", ["NRestarts"]))["NRestarts"]);
    const atFirst = await restarts();
    await host.machine.waitFor("30 restarts", async () => (await restarts()) >= atFirst + 30, 120_000);
    expect((await listNews()).length).toBe(told);
    expect(told - before).toBeLessThan(4);
    await host.machine.shell("rm /run/loop");
  });
});
