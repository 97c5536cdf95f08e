/**
 * Measures, on a machine with a real systemd, how long commands that only ask take, at rest and while a member of the group
 * floods status.sock, beside a bare start of Node; and the daemon's memory. Prints figures and asserts nothing.
 * `npm run build` first, then: npx tsx bench/status.ts [UNITS] [TIMES]
 */
import { setTimeout as delay } from "node:timers/promises";
import { AgentHost } from "../test/support/hosts/agent-host.ts";
import { startFlood } from "../test/support/hosts/flood.ts";
import { bootMachine, type Machine } from "../test/support/machine/machine.ts";
import { availableRoots } from "../test/support/machine/root-filesystem.ts";
import { sleeper } from "../test/support/texts/unit-texts.ts";

const [units = 150, times = 21] = process.argv.slice(2).map(Number);

const commands: Readonly<Record<string, string>> = {
  "node -e 0": "node -e 0",
  "gitops-agent --version": "gitops-agent --version",
  "the answer alone": "curl -s --unix-socket /run/gitops-agent/control.sock http://localhost/v1/status",
  "gitops-agent status": "gitops-agent status",
};

/** Timed on the machine: entering it costs as much as a command. Milliseconds, sorted. */
async function time(machine: Machine, command: string): Promise<readonly number[]> {
  const loop = `for i in $(seq ${times}); do s=$(date +%s%N); ${command} >/dev/null; echo $((($(date +%s%N) - s) / 1000)); done`;
  const lines = (await machine.shell(loop)).split("\n");
  return lines.map((line) => Number(line) / 1000).sort((a, b) => a - b);
}

async function showTimes(machine: Machine, label: string): Promise<void> {
  console.log(
    `  ${label}`.padEnd(34) + ["median", "highest", "× node"].map((name) => name.padStart(10)).join(""),
  );
  let bare = 0;
  for (const [name, command] of Object.entries(commands)) {
    const took = await time(machine, command);
    const median = took[Math.floor(took.length / 2)] ?? 0;
    bare ||= median;
    const columns = [median.toFixed(0), (took.at(-1) ?? 0).toFixed(0), (median / bare).toFixed(2)];
    console.log(`    ${name}`.padEnd(34) + columns.map((column) => column.padStart(10)).join(""));
  }
}

async function showMemory(machine: Machine, label: string): Promise<void> {
  const { MainPID: pid = "" } = await machine.properties("gitops-agent.service", ["MainPID"]);
  const text = await machine.readFile(`/proc/${pid}/status`);
  const readMb = (key: string) => Number(new RegExp(`^${key}:\\s+(\\d+) kB`, "m").exec(text)?.[1]) / 1024;
  console.log(`  ${label}: ${readMb("VmRSS").toFixed(0)} MB resident, peak ${readMb("VmHWM").toFixed(0)} MB`);
  // From now on VmHWM is the peak: proc(5), clear_refs.
  await machine.shell(`echo 5 > /proc/${pid}/clear_refs`);
}

for (const root of availableRoots().roots) {
  console.log(`${root}: ${units} running units, ${times} times each, ms`);
  const host = await AgentHost.boot((options) => bootMachine(root, options), { interval: "1h" });
  const { machine } = host;
  try {
    await host.push(
      Object.fromEntries(Array.from({ length: units }, (_, index) => [`units/u${index}.service`, sleeper()])),
    );
    await host.start();
    const isSynced = async () => (await host.status()).sync.state === "in-sync";
    await machine.waitFor("the sync", isSynced, 120_000);
    await machine.check(["systemctl", "restart", "gitops-agent.service"]);
    await machine.waitFor("the round after the restart", isSynced);
    await delay(10_000);
    await showMemory(machine, "memory of a fresh daemon");
    await showTimes(machine, "at rest");
    await showMemory(machine, "memory after that");
    await startFlood(machine);
    await showTimes(machine, "under the flood");
    await showMemory(machine, "memory under the flood");
  } finally {
    await machine.destroy();
  }
}
