/**
 * The status agrees with systemd right after anything that can happen to a unit, although the daemon remembers what systemd
 * said before: each act is followed by one status, without waiting for more than the act itself.
 */
import { beforeAll, expect, it } from "vitest";
import type { UnitRow } from "../../src/core/model/status.ts";
import { AgentHost } from "../support/hosts/agent-host.ts";
import { describeOnEachRoot } from "../support/machine/each-root.ts";
import { sleeper } from "../support/texts/unit-texts.ts";

const names = ["looper.service", "other.service", "tick.service", "tick.timer", "web.service"];

describeOnEachRoot("the status", (boot) => {
  let host: AgentHost;

  beforeAll(async () => {
    host = await AgentHost.boot(boot, { interval: "1h" });
    await host.push({
      "units/web.service": sleeper(),
      "units/other.service": sleeper("RemainAfterExit=yes\n"),
      "units/looper.service": `[Unit]\nStartLimitIntervalSec=0\n${sleeper("Restart=always\nRestartSec=0\n")}`,
      "units/tick.service": "[Service]\nType=oneshot\nExecStart=/bin/true\n",
      "units/tick.timer": "[Timer]\nOnActiveSec=1h\n[Install]\nWantedBy=timers.target\n",
    });
    await host.start();
    await host.machine.waitFor("the sync", async () => (await host.status()).sync.state === "in-sync");
  });

  /** Also fails when the status is remembered wrongly only the second time. */
  async function expectTruth(): Promise<void> {
    for (let times = 0; times < 2; times += 1) {
      const { units } = await host.status();
      const shown = units.map(describeRow).filter(({ name }) => names.includes(name));
      expect(shown).toEqual(await readTruth());
    }
  }

  async function readTruth() {
    const keys = "Id,ActiveState,SubState,NRestarts,Result,ActiveEnterTimestamp,LastTriggerUSec";
    const show = ["systemctl", "show", "--timestamp=us+utc", `--property=${keys}`, "--", ...names];
    const blocks = (await host.machine.check(show)).trim().split(/\n\n+/);
    return blocks.map((block) => {
      const values = new Map(
        block.split("\n").map((line) => [line.split("=")[0], line.replace(/^\w+=/, "")]),
      );
      const isActive = values.get("ActiveState") === "active";
      return {
        name: values.get("Id"),
        state: `${values.get("ActiveState")} ${values.get("SubState")}`,
        result: values.get("Result"),
        restarts: Number(values.get("NRestarts") ?? 0),
        activeSinceMs: isActive ? toMs(values.get("ActiveEnterTimestamp")) : null,
        triggeredMs: toMs(values.get("LastTriggerUSec")),
      };
    });
  }

  const kill = (unit: string) => `kill -9 $(systemctl show -p MainPID --value ${unit})`;
  const untilRestarted =
    "n=$(systemctl show -p NRestarts --value looper.service); " +
    `${kill("looper.service")}; ` +
    "until [ $(systemctl show -p NRestarts --value looper.service) -gt $n ] && systemctl -q is-active looper.service; do :; done";

  it.each([
    ["a stop by hand", "systemctl stop web.service"],
    ["a start by hand", "systemctl start web.service"],
    ["a restart by hand", "systemctl restart web.service"],
    [
      "a main process that was killed",
      `${kill("other.service")}; until systemctl is-failed -q other.service; do :; done`,
    ],
    ["systemctl reset-failed of a failed unit", "systemctl reset-failed other.service"],
    ["an automatic restart", untilRestarted],
    ["one more automatic restart", untilRestarted],
    ["systemctl reset-failed of a running unit", "systemctl reset-failed looper.service"],
    ["a daemon-reload", "systemctl daemon-reload"],
    ["a timer that elapsed", "systemctl start tick.service; systemctl restart tick.timer"],
    ["systemctl mask", "systemctl stop web.service; systemctl mask --runtime web.service"],
    ["systemctl unmask", "systemctl unmask --runtime web.service; systemctl start web.service"],
    ["systemctl disable", "systemctl disable web.service"],
    ["systemctl daemon-reexec", "systemctl daemon-reexec"],
    ["a restart after systemctl daemon-reexec", "systemctl restart web.service looper.service"],
  ])("is the truth right after %s", async (_, act) => {
    await expectTruth();
    await host.machine.shell(act);
    await expectTruth();
  });
});

/** `Tue 2026-12-01 03:34:07.123456 UTC`; null when systemd has no such moment. */
function toMs(stamp = ""): number | null {
  const [, day, time] = stamp.split(" ");
  return time === undefined ? null : Date.parse(`${day}T${time.slice(0, 12)}Z`);
}

function describeRow(row: UnitRow) {
  const isActive = row.activeState === "active";
  return {
    name: row.name,
    state: `${row.activeState} ${row.subState}`,
    result: row.result,
    restarts: row.restarts ?? 0,
    activeSinceMs: isActive && row.since !== null ? Date.parse(row.since) : null,
    triggeredMs: row.lastTrigger === null ? null : Date.parse(row.lastTrigger),
  };
}
