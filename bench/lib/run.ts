/** Measures one fleet: boots a machine for each contender, and has them take turns. Machines are removed, whatever happens. */
import { setTimeout as delay } from "node:timers/promises";
import { projectDirectory } from "../../test/support/hosts/agent-host.ts";
import { Agent } from "./agent.ts";
import { type CaseName, fits } from "./cases.ts";
import { type CommandTime, timeCommands } from "./commands.ts";
import { type Contender, measure, type Sample } from "./contender.ts";
import type { Options } from "./options.ts";
import { Peer, peerKinds } from "./peer.ts";
import type { RoundProfile } from "./profile.ts";
import { describeFleet, type Fleet, jobUnit } from "./units.ts";

export const ours = "gitops-agent";

/** The daemon some time after its last work. */
export interface Rest {
  readonly contender: string;
  readonly after: "first" | "changes";
  readonly residentMb: number;
}

export interface FleetResult {
  readonly fleet: Fleet;
  readonly samples: readonly Sample[];
  /** Who was not measured, and why. */
  readonly absent: readonly { readonly contender: string; readonly reason: string }[];
  readonly rests: readonly Rest[];
  readonly commands: readonly CommandTime[];
  /** From an edit on the host to the alert, milliseconds, one for each run. */
  readonly alertsMs: readonly number[];
  /** Of the last run of the case `one`. */
  readonly profiles: readonly { readonly contender: string; readonly profile: RoundProfile }[];
  /** What is installed in the machine of each contender. */
  readonly versions: readonly string[];
}

/** @param say is told what is under way */
export async function runFleet(
  options: Options,
  fleet: Fleet,
  say: (text: string) => void,
): Promise<FleetResult> {
  const samples: Sample[] = [];
  const take = async (contender: Contender, name: CaseName, revision: number) => {
    say(`${describeFleet(fleet)} units, ${name}: ${contender.name}`);
    const sample = await measure(contender, fleet, name, revision);
    if (contender.can(name) && options.cases.includes(name)) samples.push(sample);
  };
  const firstTimes = options.cases.includes("first") ? Math.ceil(options.times / 3) : 1;
  for (let time = 1; time < firstTimes; time += 1) {
    await withContenders(options, fleet, async ({ contenders }) => {
      for (const contender of contenders) if (contender.can("first")) await take(contender, "first", 0);
    });
  }
  return withContenders(options, fleet, async ({ contenders, absent }) => {
    for (const contender of contenders) await take(contender, "first", 0);
    const rests = await readRests(contenders, "first", options.restMs);
    const others = options.cases.filter((name) => name !== "first" && fits(name, fleet));
    const profiles: FleetResult["profiles"][number][] = [];
    for (const name of others) {
      for (let time = 1; time <= options.times; time += 1) {
        for (const contender of contenders) {
          if (!contender.can(name)) continue;
          await take(contender, name, time);
          const isLast = name === "one" && time === options.times;
          const profile = isLast && contender instanceof Agent ? await contender.readProfile() : null;
          if (profile !== null) profiles.push({ contender: contender.name, profile });
        }
      }
    }
    rests.push(...(await readRests(contenders, "changes", options.restMs)));
    const commands: CommandTime[] = [];
    const alertsMs: number[] = [];
    for (const contender of contenders) {
      if (!(contender instanceof Agent)) continue;
      say(`${describeFleet(fleet)} units, commands and alerts: ${contender.name}`);
      commands.push(...(await timeCommands(contender)));
      if (contender.name !== ours) continue;
      for (let time = 1; time <= options.times; time += 1) alertsMs.push(await contender.timeAlert());
    }
    const versions = await Promise.all(contenders.map(readVersions));
    const found = { samples, absent, rests, commands, alertsMs, profiles };
    return { fleet, ...found, versions: [...new Set(versions.flat())] };
  });
}

interface Field {
  readonly contenders: readonly Contender[];
  readonly absent: FleetResult["absent"];
}

async function withContenders<Result>(
  options: Options,
  { units }: Fleet,
  work: (field: Field) => Promise<Result>,
): Promise<Result> {
  const contenders: Contender[] = [];
  const absent: FleetResult["absent"][number][] = [];
  try {
    const builds = [[ours, `${projectDirectory}/dist`] as const, ...options.against.map(nameBuild)];
    for (const [name, dist] of builds) contenders.push(await Agent.boot(name, options.root, dist));
    for (const name of options.peers) {
      const { title, mostUnits } = peerKinds[name];
      try {
        if (units > mostUnits && mostUnits > 0)
          throw new Error(`only up to ${mostUnits} units: it takes too long`);
        contenders.push(await Peer.boot(name, options.root));
      } catch (error) {
        absent.push({ contender: title, reason: firstLineOf(error) });
      }
    }
    for (const { machine } of contenders) await machine.check(["systemctl", "start", "--no-block", jobUnit]);
    return await work({ contenders, absent });
  } finally {
    for (const { machine } of contenders) await machine.destroy();
  }
}

function nameBuild(dist: string, index: number): readonly [name: string, dist: string] {
  return [`other build ${index + 1}`, dist];
}

/** What a program said last, or the message. */
function firstLineOf(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  const said = /^E: .*$/m.exec(text)?.[0];
  return said ?? text.split("\n")[0] ?? "";
}

async function readRests(
  contenders: readonly Contender[],
  after: Rest["after"],
  restMs: number,
): Promise<Rest[]> {
  await delay(restMs);
  return contenders.flatMap((contender) => {
    if (!(contender instanceof Agent)) return [];
    const { residentMb } = contender.probe.readProcess(contender.pid);
    return [{ contender: contender.name, after, residentMb }];
  });
}

async function readVersions({ machine }: Contender): Promise<readonly string[]> {
  const packages = Object.values(peerKinds).flatMap(({ package: name }) => name ?? []);
  const script = `systemctl --version | head -n 1; node --version | sed 's/^/node /'; git --version
    dpkg-query --show ${packages.join(" ")} 2>/dev/null | tr '\\t' ' ' | grep ' .' || true`;
  return (await machine.shell(script)).split("\n").filter((line) => line !== "");
}
