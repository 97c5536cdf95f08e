/** One way to bring commits to a host, and the measuring of one change by it. Knows no tool. */
import type { FixtureChanges } from "../../test/support/git/git-fixture.ts";
import type { Machine } from "../../test/support/machine/machine.ts";
import { type CaseName, makeChange } from "./cases.ts";
import { findNeedless, type Interruptions } from "./interruptions.ts";
import { managerGroup, type Probe } from "./probe.ts";
import type { Fleet } from "./units.ts";

/** Both in microseconds of CLOCK_MONOTONIC. */
export interface Act {
  readonly beganUs: number;
  /** When the tool was ready; null when it does not show that. */
  readonly endedUs: number | null;
}

export interface Contender {
  readonly name: string;
  readonly machine: Machine;
  readonly probe: Probe;
  /** Control group of the tool and its children. */
  readonly group: string;
  /** Where it puts the secret in clear; null when systemd need not be told in the unit. */
  readonly credentialPath: string | null;
  can(name: CaseName): boolean;
  /** Adds a commit that is not pushed yet; returns its id. */
  stage(files: FixtureChanges): Promise<string>;
  encrypt(plaintext: string): Promise<string>;
  /**
   * Pushes the commit, or nothing when it is null, and returns when the tool is at rest.
   * @param units what has to be interrupted
   */
  act(name: CaseName, commit: string | null, units: readonly string[]): Promise<Act>;
  /** Forgets the peak of the memory so far. */
  resetPeak(): void;
  /** MB since then; null where that is not known. */
  peakMb(): number | null;
  /** CPU time of the tool itself without children, milliseconds; null when it has ended with its work. */
  ownCpuMs(): number | null;
}

/** One run of one case. */
export interface Sample {
  readonly contender: string;
  readonly case: CaseName;
  readonly wallMs: number | null;
  readonly cpuMs: number;
  readonly ownCpuMs: number | null;
  readonly managerCpuMs: number;
  readonly peakMb: number | null;
  readonly needless: Interruptions;
}

/** How many polls are one run of the case `nothing`: one alone costs less than the clock can tell. */
const polls = 5;

export async function measure(
  contender: Contender,
  fleet: Fleet,
  name: CaseName,
  revision: number,
): Promise<Sample> {
  const { probe, group } = contender;
  const content = await contender.encrypt(`secret ${revision}`);
  const secret = { content, credentialPath: contender.credentialPath };
  const { files, units, evidence } = makeChange(name, fleet, revision, secret);
  const times = name === "nothing" ? polls : 1;
  const commit = name === "nothing" ? null : await contender.stage(files);
  const before = await probe.listRunning();
  await probe.waitUntilQuiet(managerGroup);
  contender.resetPeak();
  const read = () => ({
    tool: probe.cpuMs(group),
    own: contender.ownCpuMs(),
    manager: probe.cpuMs(managerGroup),
  });
  const start = read();
  const acts: Act[] = [];
  for (let time = 0; time < times; time += 1) acts.push(await contender.act(name, commit, units));
  const end = read();
  const wallsUs = await Promise.all(
    acts.map(async ({ beganUs, endedUs }) => {
      const atUs = evidence === "end" ? endedUs : await probe.readEvidenceUs(evidence, units);
      return atUs === null || atUs <= beganUs ? null : atUs - beganUs;
    }),
  );
  const after = await probe.listRunning();
  const walls = wallsUs.flatMap((us) => (us === null ? [] : [us / 1000]));
  const own = start.own === null || end.own === null ? null : (end.own - start.own) / times;
  return {
    contender: contender.name,
    case: name,
    wallMs: walls.length === 0 ? null : walls.reduce((sum, ms) => sum + ms, 0) / walls.length,
    cpuMs: (end.tool - start.tool) / times,
    ownCpuMs: own,
    managerCpuMs: (end.manager - start.manager) / times,
    peakMb: contender.peakMb(),
    needless: findNeedless(before, after, new Set(units)),
  };
}

/** What has to be added to microseconds of CLOCK_REALTIME to have CLOCK_MONOTONIC: all machines share this host's clocks. */
export function readClockOffsetUs(): number {
  return Number(process.hrtime.bigint() / 1000n) - (performance.timeOrigin + performance.now()) * 1000;
}
