/**
 * Measures, on a machine with a real systemd, what many secrets cost: the restore at boot, a poll that finds nothing, and
 * one rotated secret. Prints figures and asserts nothing. `npm run build` first, then: npx tsx bench/secrets.ts [UNITS] [EACH]
 */
import { AgentHost, repositoryPath } from "../test/support/hosts/agent-host.ts";
import { bootMachine, type Machine } from "../test/support/machine/machine.ts";
import { availableRoots } from "../test/support/machine/root-filesystem.ts";
import { sleeper } from "../test/support/texts/unit-texts.ts";
import { Probe } from "./lib/probe.ts";

const [units = 50, each = 10] = process.argv.slice(2).map(Number);
const restoreUnit = "gitops-agent-credentials.service";

async function measure(label: string, work: () => Promise<unknown>): Promise<void> {
  const startMs = performance.now();
  await work();
  console.log(`${label}: ${Math.round(performance.now() - startMs)} ms`);
}

async function makeRepository(host: AgentHost): Promise<Record<string, string>> {
  const files: Record<string, string> = {};
  for (let unit = 0; unit < units; unit += 1) {
    files[`units/s${unit}.service`] = sleeper();
    for (let index = 0; index < each; index += 1) {
      files[`secrets/s${unit}.service/k${index}.age`] = await host.encrypt(`secret ${unit} ${index}`);
    }
  }
  return files;
}

/** @param work resolves to how many rounds of the daemon there were; it is alone on the machine meanwhile */
async function measureRounds(host: AgentHost, label: string, work: () => Promise<number>): Promise<void> {
  const { agent } = await host.status();
  const probe = new Probe(host.machine);
  const readCpuMs = () => probe.readProcess(agent.pid ?? 0).cpuMs;
  const beforeMs = readCpuMs();
  const rounds = await work();
  const cpuMs = (readCpuMs() - beforeMs) / rounds;
  console.log(`${label}: ${cpuMs.toFixed(1)} ms CPU of the daemon, without its children (mean of ${rounds})`);
}

/** At log level debug each poll leaves a line. */
async function waitForPolls({ machine }: AgentHost): Promise<number> {
  const count = async () =>
    Number(await machine.shell("journalctl -u gitops-agent -o cat --no-pager | grep -c repository.polled"));
  const before = await count();
  await machine.waitFor("polls", async () => (await count()) >= before + 5, 120_000);
  return (await count()) - before;
}

async function syncByHand({ machine }: AgentHost): Promise<number> {
  const rounds = 10;
  for (let round = 0; round < rounds; round += 1) await machine.check(["gitops-agent", "sync"]);
  return rounds;
}

async function showRestore(machine: Machine): Promise<void> {
  const names = ["ExecMainStartTimestampMonotonic", "ExecMainExitTimestampMonotonic", "Result"];
  const found = await machine.properties(restoreUnit, names);
  const tookUs =
    Number(found["ExecMainExitTimestampMonotonic"]) - Number(found["ExecMainStartTimestampMonotonic"]);
  const journal = await machine.journal({ unit: restoreUnit, lines: 5, output: "cat" });
  const told = journal.split("\n").findLast((line) => line.includes("restored")) ?? journal;
  console.log(`restore at boot: ${Math.round(tookUs / 1000)} ms (${found["Result"]}: ${told})`);
}

async function measureHost(host: AgentHost): Promise<void> {
  const { machine } = host;
  await host.push(await makeRepository(host));
  await host.start();
  await measure("first sync", () =>
    machine.waitFor("it", async () => (await host.status()).sync.state === "in-sync", 300_000),
  );
  await measureRounds(host, "poll without a change", () => waitForPolls(host));
  await measureRounds(host, "sync by hand without a change", () => syncByHand(host));
  const rotated = await host.encrypt("rotated");
  await measure("one rotated secret, from the push to the end of the settling of 300 ms", () =>
    host.deploy({ "secrets/s0.service/k0.age": rotated }),
  );
  console.log((await host.journal()).split("\n").findLast((line) => line.includes("revision.applied")));
  await machine.check(["mv", repositoryPath, `${repositoryPath}.away`]);
  await machine.check(["systemctl", "disable", "gitops-agent.service"]);
  await machine.reboot();
  await showRestore(machine);
}

for (const root of availableRoots().roots) {
  console.log(`${root}: ${units} units with ${each} secrets each`);
  const options = { interval: "5s", agentYaml: "log: { level: debug }" };
  const host = await AgentHost.boot((machineOptions) => bootMachine(root, machineOptions), options);
  try {
    await measureHost(host);
  } finally {
    await host.machine.destroy();
  }
}
