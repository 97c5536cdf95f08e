/**
 * Measures, on a machine with a real systemd, what the daemon costs at rest: CPU of a poll that finds nothing, and memory
 * before and after an apply; then the way of one changed unit. Prints figures and asserts nothing.
 * `npm run build` first, then: npx tsx bench/idle.ts [UNITS] [RUNNING] [POLLS]
 */
import { setTimeout as delay } from "node:timers/promises";
import { AgentHost, repositoryPath } from "../test/support/hosts/agent-host.ts";
import { bootMachine, type Machine } from "../test/support/machine/machine.ts";
import { availableRoots } from "../test/support/machine/root-filesystem.ts";

const [units = 1000, running = 100, polls = 20] = process.argv.slice(2).map(Number);
const journalctl = "journalctl -u gitops-agent -o cat --no-pager";

/** About as long as the unit files of a distribution. */
function describeUnit(index: number, revision: number): string {
  return [
    "[Unit]",
    `Description=Service number ${index}`,
    "Documentation=man:sleep(1) https://example.org/docs",
    "After=network.target",
    "",
    "[Service]",
    "Type=exec",
    `Environment=INDEX=${index} REVISION=${revision} MODE=production LOG_LEVEL=info`,
    "ExecStart=/bin/sleep infinity",
    "Restart=on-failure",
    "RestartSec=5s",
    "NoNewPrivileges=yes",
    "ProtectSystem=strict",
    "MemoryMax=512M",
    "TasksMax=64",
    ...(index < running ? ["", "[Install]", "WantedBy=multi-user.target"] : []),
    "",
  ].join("\n");
}

interface Sample {
  /** User and system time of all threads; children are not in it. */
  readonly cpuMs: number;
  readonly residentMb: number;
  readonly privateMb: number;
  readonly peakMb: number;
}

async function readSample(machine: Machine): Promise<Sample> {
  const { MainPID: pid = "" } = await machine.properties("gitops-agent.service", ["MainPID"]);
  const fields = (await machine.readFile(`/proc/${pid}/stat`)).split(" ");
  const memory = await machine.readFile(`/proc/${pid}/smaps_rollup`);
  const status = await machine.readFile(`/proc/${pid}/status`);
  const readMb = (text: string, key: string) =>
    Number(new RegExp(`^${key}:\\s+(\\d+) kB`, "m").exec(text)?.[1]) / 1024;
  return {
    cpuMs: (Number(fields[13]) + Number(fields[14])) * 10,
    residentMb: readMb(status, "VmRSS"),
    privateMb: readMb(memory, "Private_Clean") + readMb(memory, "Private_Dirty"),
    peakMb: readMb(status, "VmHWM"),
  };
}

async function countPolls(machine: Machine): Promise<number> {
  return Number(await machine.shell(`${journalctl} | grep -c repository.polled || true`));
}

/** A touched branch of a watched repository is polled at once: no need to wait for the interval. */
async function pollOnce(machine: Machine): Promise<void> {
  const before = await countPolls(machine);
  await machine.check(["touch", `${repositoryPath}/refs/heads/main`]);
  await machine.waitFor("a poll", async () => (await countPolls(machine)) > before);
}

function show(label: string, sample: Sample, cpu = ""): void {
  const columns = [sample.residentMb, sample.privateMb, sample.peakMb].map((mb) => mb.toFixed(0).padStart(7));
  console.log(`${label.padEnd(44)}${columns.join("")}  ${cpu}`);
}

async function measurePolls(machine: Machine, label: string): Promise<void> {
  await pollOnce(machine);
  const before = await readSample(machine);
  const first = await countPolls(machine);
  for (let poll = 0; poll < polls; poll += 1) await pollOnce(machine);
  const after = await readSample(machine);
  const rounds = (await countPolls(machine)) - first;
  show(
    label,
    after,
    `${((after.cpuMs - before.cpuMs) / rounds).toFixed(1)} ms CPU a poll (mean of ${rounds})`,
  );
}

async function waitUntilSynced(host: AgentHost): Promise<void> {
  const isSynced = async () => (await host.status()).sync.state === "in-sync";
  await host.machine.waitFor("the sync", isSynced, 300_000);
}

/** V8 gives memory back when it has seen for some seconds that there is little to do. */
async function measureRest(machine: Machine, label: string): Promise<void> {
  show(label, await readSample(machine));
  await delay(30_000);
  show("  30 s later", await readSample(machine));
  await measurePolls(machine, "  polls");
}

/** What the agent said about one push, with the milliseconds since then. */
async function showPhases({ machine }: AgentHost, pushedAtS: number): Promise<void> {
  const since = `--since=@${Math.floor(pushedAtS)}`;
  const lines = await machine.shell(`journalctl -u gitops-agent -o short-unix --no-pager ${since}`);
  for (const line of lines.split("\n")) {
    const [time = "", , , ...words] = line.split(" ");
    const afterMs = (Number(time) - pushedAtS) * 1000;
    if (afterMs >= 0) console.log(`${afterMs.toFixed(0).padStart(6)} ms  ${words.join(" ").slice(0, 100)}`);
  }
}

async function measureHost(host: AgentHost): Promise<void> {
  const { machine } = host;
  const names = Array.from({ length: units }, (_, index) => index);
  await host.push(
    Object.fromEntries(names.map((index) => [`units/s${index}.service`, describeUnit(index, 0)])),
  );
  console.log(`${"MB".padEnd(44)}${["RSS", "private", "peak"].map((name) => name.padStart(7)).join("")}`);
  await host.start();
  await waitUntilSynced(host);
  await measureRest(machine, "after the first apply");
  await machine.check(["systemctl", "restart", "gitops-agent.service"]);
  await waitUntilSynced(host);
  await measureRest(machine, "after a restart of the agent");
  const pushedAtS = Number(await machine.check(["date", "+%s.%N"]));
  await host.deploy({ "units/s0.service": describeUnit(0, 1) });
  await showPhases(host, pushedAtS);
  await measureRest(machine, "after one changed unit");
}

for (const root of availableRoots().roots) {
  console.log(`${root}: ${units} units, ${running} of them running`);
  const options = { interval: "1h", agentYaml: "log: { level: debug }" };
  const host = await AgentHost.boot((machineOptions) => bootMachine(root, machineOptions), options);
  try {
    await measureHost(host);
  } finally {
    await host.machine.destroy();
  }
}
