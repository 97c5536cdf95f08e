/**
 * Measures, on a machine with a real systemd, how long commands that only ask take at rest and while a member of the group
 * floods status.sock, beside a bare start of Node; and the daemon's memory. Prints figures and asserts nothing.
 * `npm run build` first, then: npx tsx bench/flood.ts [UNITS]
 */
import { projectDirectory } from "../test/support/hosts/agent-host.ts";
import { startFlood } from "../test/support/hosts/flood.ts";
import { availableRoots } from "../test/support/machine/root-filesystem.ts";
import { Agent } from "./lib/agent.ts";
import { timeCommands } from "./lib/commands.ts";
import { measure } from "./lib/contender.ts";
import { formatCommands } from "./lib/report.ts";

const [units = 150] = process.argv.slice(2).map(Number);

async function show(agent: Agent, label: string): Promise<void> {
  agent.resetPeak();
  const commands = await timeCommands(agent);
  const { residentMb, peakMb } = agent.probe.readProcess(agent.pid);
  console.log(`\n${formatCommands(commands)}\n`);
  console.log(`${label}: ${residentMb.toFixed(0)} MB resident, peak ${peakMb.toFixed(0)} MB`);
}

for (const root of availableRoots().roots) {
  console.log(`${root}: ${units} running units`);
  const agent = await Agent.boot("gitops-agent", root, `${projectDirectory}/dist`);
  try {
    await measure(agent, { units, running: units }, "first", 0);
    await show(agent, "at rest");
    await startFlood(agent.machine);
    await show(agent, "under the flood");
  } finally {
    await agent.machine.destroy();
  }
}
