/** How long commands that only ask take, beside a bare start of Node. */
import type { Machine } from "../../test/support/machine/machine.ts";
import type { Agent } from "./agent.ts";
import { median } from "./statistics.ts";

export interface CommandTime {
  readonly contender: string;
  readonly command: string;
  readonly medianMs: number;
  readonly highestMs: number;
}

const times = 11;

const asked: readonly string[] = [
  "node -e 0",
  "gitops-agent --version",
  "curl -s --unix-socket /run/gitops-agent/control.sock http://localhost/v1/status",
  "gitops-agent status",
];

export async function timeCommands({ name, machine }: Agent): Promise<readonly CommandTime[]> {
  const results = new Map(asked.map((command) => [command, [] as number[]]));
  for (let time = 0; time < times; time += 1) {
    for (const [command, took] of results) took.push(await timeOnce(machine, command));
  }
  return [...results].map(([command, took]) => ({
    contender: name,
    command,
    medianMs: median(took) ?? 0,
    highestMs: Math.max(...took),
  }));
}

/** Timed on the machine: entering it costs as much as a command. An exit code is no failure: status has its own. */
export async function timeOnce(machine: Machine, command: string): Promise<number> {
  const script = `began=$EPOCHREALTIME; ${command} >/dev/null || true; echo $began $EPOCHREALTIME`;
  const [began = 0, ended = 0] = (await machine.check(["bash", "-c", script])).split(" ").map(Number);
  return (ended - began) * 1000;
}
