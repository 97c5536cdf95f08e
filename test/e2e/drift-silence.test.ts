/** What happens on a host every day is no drift: nothing is reported, and status stays in sync. */
import { beforeAll, expect, it } from "vitest";
import { AgentHost } from "../support/hosts/agent-host.ts";
import { describeOnEachRoot } from "../support/machine/each-root.ts";
import { sleeper } from "../support/texts/unit-texts.ts";

const install = "[Install]\nWantedBy=multi-user.target\n";
const etc = "/etc/systemd/system";

interface Daily {
  readonly what: string;
  /** Ends when it is over. */
  readonly act: string;
}

const until = (test: string) => `until ${test}; do sleep 0.1; done`;

const daily: readonly Daily[] = [
  { what: "somebody's daemon-reload", act: "systemctl daemon-reload" },
  { what: "a unit that is restarted by hand", act: "systemctl restart web.service" },
  {
    what: "a unit that is stopped and started again within the grace",
    act: "systemctl stop web.service; systemctl start web.service",
  },
  {
    what: "a timer that elapses, and its oneshot that ends",
    act: `touch /run/tick; systemctl restart tick.timer; ${until("[ ! -e /run/tick ]")}; ${until("[ $(systemctl is-active tick.service) = inactive ]")}`,
  },
  {
    what: "a oneshot that is run by hand",
    act: "systemctl start tick.service",
  },
  {
    what: "a unit whose condition is not met",
    act: "rm -f /run/allowed; systemctl restart allowed.service",
  },
  {
    what: "a service that a socket starts and that ends when it is idle",
    act: "systemctl start echo.service; systemctl stop echo.service",
  },
  {
    what: "a package that brings files and units of its own",
    act: "printf '[Service]\\nExecStart=/bin/true\\n' >/usr/lib/systemd/system/other.service; mkdir -p /usr/lib/systemd/system/other.service.d; touch /usr/lib/systemd/system/other.service.d/10-a.conf /usr/lib/systemd/system/web.txt; systemctl daemon-reload; systemctl start other.service",
  },
  {
    what: "an editor's temporary file beside a unit file",
    act: `touch ${etc}/.web.service.swp ${etc}/web.service~; rm ${etc}/.web.service.swp ${etc}/web.service~`,
  },
  {
    what: "a file that is replaced by the same content",
    act: `cp -p ${etc}/web.service /root/web; cp -p /root/web ${etc}/.new; mv ${etc}/.new ${etc}/web.service; systemctl daemon-reload`,
  },
  {
    what: "a unit of others that is stopped, edited and enabled",
    act: "systemctl disable --now other.service",
  },
  { what: "a question about a unit that is not loaded", act: "systemctl show nobody.service >/dev/null" },
];

describeOnEachRoot("no drift", (boot) => {
  let host: AgentHost;

  beforeAll(async () => {
    host = await AgentHost.boot(boot, { interval: "1h" });
    await host.push({
      "units/web.service": sleeper(),
      "units/tick.service": "[Service]\nType=oneshot\nExecStart=/bin/rm -f /run/tick\n",
      "units/tick.timer":
        "[Timer]\nOnActiveSec=500ms\nAccuracySec=10ms\nRemainAfterElapse=yes\n[Install]\nWantedBy=timers.target\n",
      "units/allowed.service": `[Unit]\nConditionPathExists=/run/allowed\n[Service]\nExecStart=/bin/sleep infinity\n${install}`,
      "units/echo.service": "[Service]\nExecStart=/bin/sleep infinity\n",
      "units/echo.socket": "[Socket]\nListenStream=/run/echo.sock\n[Install]\nWantedBy=sockets.target\n",
    });
    await host.start();
    await host.machine.waitFor("the first sync", async () => (await host.status()).sync.state === "in-sync");
  });

  const listNews = async () =>
    host.machine.journal({ unit: "gitops-agent.service", grep: "drift\\.", output: "cat" });

  /** Makes drift of a file and waits for its alert: what was done before was looked at earlier, and any grace is over. */
  async function waitForLaterNews(mark: string): Promise<void> {
    // The grace of the daily thing ends with that of this stop, which comes after it.
    await host.machine.check(["systemctl", "stop", "echo.socket"]);
    await host.machine.waitFor(`the alert after ${mark}`, async () =>
      (await host.status()).drift.some(({ kind, state }) => kind === "not-listening" && state !== "new"),
    );
    await host.machine.check(["systemctl", "start", "echo.socket"]);
    await host.machine.waitFor("it to be over", async () => (await host.status()).drift.length === 0);
  }

  it.each(daily)("is $what", async ({ what, act }) => {
    const before = await listNews();
    await host.machine.shell(act);
    await waitForLaterNews(what);
    const lines = (await listNews()).slice(before.length).split("\n");
    expect(lines.filter((line) => line !== "" && !line.includes("unit=echo.socket"))).toEqual([]);
    expect((await host.status()).sync.state).toBe("in-sync");
  });
});
