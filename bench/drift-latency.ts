/**
 * Measures, on a machine with a real systemd, how long it takes from a command that makes drift to the alert in the journal,
 * and what the daemon costs while nothing happens. Prints figures and asserts nothing.
 * `npm run build` first, then: npx tsx bench/drift-latency.ts [UNITS] [RUNNING] [TIMES] [IDLE_SECONDS]
 */
import { setTimeout as delay } from "node:timers/promises";
import { AgentHost } from "../test/support/hosts/agent-host.ts";
import { bootMachine, type Machine } from "../test/support/machine/machine.ts";
import { availableRoots } from "../test/support/machine/root-filesystem.ts";
import { sleeper } from "../test/support/texts/unit-texts.ts";
import { Probe } from "./lib/probe.ts";
import { median } from "./lib/statistics.ts";

const [units = 1000, running = 100, times = 20, idleSeconds = 180] = process.argv.slice(2).map(Number);

/** The grace of what runs (docs/drift.md); files have none. */
const graceMs = 2_000;

interface Act {
  readonly kind: string;
  readonly act: string;
  readonly undo: string;
  readonly graceMs: number;
}

const unit = "u0.service";
const etc = "/etc/systemd/system";
const acts: Readonly<Record<string, Act>> = {
  "sed -i": {
    act: `sed -i s/infinity/9999/ ${etc}/${unit}`,
    undo: `sed -i s/9999/infinity/ ${etc}/${unit}; systemctl daemon-reload`,
    kind: "modified",
    graceMs: 0,
  },
  "systemctl stop": {
    act: `systemctl stop ${unit}`,
    undo: `systemctl start ${unit}`,
    kind: "stopped",
    graceMs,
  },
  // What `systemctl edit` does when the editor has ended.
  "systemctl edit": {
    act: `mkdir ${etc}/${unit}.d; printf '[Service]\\nNice=5\\n' >${etc}/${unit}.d/override.conf`,
    undo: `rm -r ${etc}/${unit}.d; systemctl daemon-reload`,
    kind: "foreign-drop-in",
    graceMs: 0,
  },
  "systemctl set-property": {
    act: `systemctl set-property ${unit} TasksMax=77`,
    undo: `rm -r /etc/systemd/system.control/${unit}.d; systemctl daemon-reload`,
    kind: "foreign-drop-in",
    graceMs: 0,
  },
  "systemctl disable": {
    act: `systemctl disable ${unit}`,
    undo: `systemctl enable ${unit}`,
    kind: "disabled",
    graceMs: 0,
  },
};

/** Runs on the machine: entering it would cost more than what is measured. Prints microseconds for each time. */
function makeScript({ act, undo, kind }: Act): string {
  return `
log=/run/drift-latency; : >$log
journalctl -fn0 -u gitops-agent -o json --output-fields=MESSAGE >$log & follower=$!
await() { for _ in $(seq 3000); do [ "$(grep -c "$1" $log)" -ge "$2" ] && return; sleep 0.01; done; echo "no $1" >&2; exit 1; }
sleep 1
for i in $(seq ${times}); do
  began=$(date +%s%6N)
  { ${act}; } >/dev/null 2>&1
  ended=$(date +%s%6N)
  await 'drift.detected.*kind=${kind} ' $i
  told=$(grep 'drift.detected.*kind=${kind} ' $log | tail -1 | sed 's/.*__REALTIME_TIMESTAMP":"\\([0-9]*\\)".*/\\1/')
  echo $((told - began)) $((ended - began))
  { ${undo}; } >/dev/null 2>&1
  await 'drift.resolved.*kind=${kind} ' $i
  sleep 2
done
kill $follower`;
}

async function measureAct(machine: Machine, name: string, act: Act): Promise<void> {
  const lines = (await machine.shell(makeScript(act), { timeoutMs: 600_000 })).split("\n");
  const column = (index: number) => lines.map((line) => Number(line.split(" ")[index]) / 1000);
  const [told, ended] = [column(0), column(1)];
  const show = (ms: number) => String(Math.round(ms)).padStart(9);
  const medianOf = (values: readonly number[]) => median(values) ?? 0;
  const figures = [medianOf(told) - act.graceMs, Math.max(...told) - act.graceMs, medianOf(ended)];
  console.log(`  ${name.padEnd(26)}${figures.map(show).join("")}`);
}

async function measureIdle(machine: Machine): Promise<void> {
  const probe = new Probe(machine);
  const { MainPID: pid = "" } = await machine.properties("gitops-agent.service", ["MainPID"]);
  // V8 gives back the memory of the acts in the first minute.
  await delay(60_000);
  const before = probe.readProcess(Number(pid));
  await delay(idleSeconds * 1000);
  const after = probe.readProcess(Number(pid));
  const watches = await machine.shell(`cat /proc/${pid}/fdinfo/* | grep -c ^inotify`);
  const percent = (after.cpuMs - before.cpuMs) / (idleSeconds * 10);
  console.log(`  idle: ${percent.toFixed(3)} % of a core over ${idleSeconds} s`);
  console.log(`  ${after.residentMb.toFixed(0)} MB resident, ${watches} inotify watches`);
}

for (const root of availableRoots().roots) {
  console.log(
    `${root}: ${units} units, ${running} of them running; ms from the command's start to the alert,`,
  );
  console.log(`after the grace; ${times} times each`);
  const host = await AgentHost.boot((options) => bootMachine(root, options), { interval: "1h" });
  try {
    const texts = Array.from({ length: units }, (_, index) =>
      index < running ? sleeper() : "[Service]\nExecStart=/bin/sleep infinity\n",
    );
    await host.push(Object.fromEntries(texts.map((text, index) => [`units/u${index}.service`, text])));
    await host.start();
    const isSynced = async () => (await host.status()).sync.state === "in-sync";
    await host.machine.waitFor("the sync", isSynced, 300_000);
    console.log(
      `  ${"".padEnd(26)}${["median", "worst", "command"].map((name) => name.padStart(9)).join("")}`,
    );
    for (const [name, act] of Object.entries(acts)) await measureAct(host.machine, name, act);
    await measureIdle(host.machine);
  } finally {
    await host.machine.destroy();
  }
}
