/**
 * Goes to and fro between the two states of fault-states.ts, killing the agent on the way, and judges where it arrives.
 * What is right is what an undisturbed journey leads to.
 */
import { setTimeout as delay } from "node:timers/promises";
import { expect } from "vitest";
import type { AgentHost } from "../hosts/agent-host.ts";
import type { BootForGroup } from "../machine/each-root.ts";
import { type CompleteRun, type CrashOptions, FaultHost } from "./fault-host.ts";
import type { HostSnapshot } from "./fault-snapshot.ts";
import {
  allUnits,
  arrange,
  cacheOptions,
  crashService,
  diffStates,
  installDistributionUnits,
  interrupted,
  makeStates,
  type RepositoryState,
  type StateName,
  startUnenabled,
  undisturbed,
} from "./fault-states.ts";

const opposite = { a: "b", b: "a" } as const;

export class FaultJourney {
  readonly faults: FaultHost;
  readonly #states: Readonly<Record<StateName, RepositoryState>>;
  readonly #arrivals = new Map<StateName, HostSnapshot>();
  #position: StateName = "a";
  #destination = "";
  #invocations: ReadonlyMap<string, string> = new Map();
  /** Since the last arrival: then some units were not interrupted, or all of them were. */
  #isTurned = false;
  #isRebooted = false;

  private constructor(faults: FaultHost, states: Readonly<Record<StateName, RepositoryState>>) {
    this.faults = faults;
    this.#states = states;
  }

  /** Boots a host in state a. Go once around, undisturbed, before anything else: that tells what is right. */
  static async begin(boot: BootForGroup): Promise<FaultJourney> {
    const faults = await FaultHost.boot(boot, allUnits);
    await installDistributionUnits(faults.host);
    const states = await makeStates((plaintext) => faults.host.encrypt(plaintext));
    await faults.host.push(states.a);
    await faults.resume();
    const journey = new FaultJourney(faults, states);
    journey.#invocations = (await faults.snapshot()).invocations;
    return journey;
  }

  get host(): AgentHost {
    return this.faults.host;
  }

  /** The commit that was pushed last. */
  get destination(): string {
    return this.#destination;
  }

  /** To the other state without a disturbance. */
  async travel(options: Pick<CrashOptions, "agentClockMs"> = {}): Promise<CompleteRun> {
    await this.depart();
    const run = await this.faults.runToEnd(options);
    await this.arrive("undisturbed");
    return run;
  }

  /** To the other state without a disturbance, and without a look at where it is. */
  async hurry(): Promise<void> {
    await this.depart();
    await this.faults.resume();
  }

  /** To the other state, killed at one effect on the way, which must be there. */
  async travelKilled(crash: CrashOptions): Promise<void> {
    await this.depart();
    const where = await this.faults.runUntilKilled(crash);
    if (where === null) throw new Error(`there was no effect ${crash.at} on the way to ${this.#position}`);
    await crashService(this.host);
    await this.faults.resume();
    await this.arrive(where);
  }

  /**
   * The power fails after so many milliseconds of the ordinary agent's work.
   * @returns when the machine has booted again and somebody started what no boot starts
   */
  async failPower(afterMs: number): Promise<void> {
    const sync = this.host.run("sync").catch(() => null);
    await delay(afterMs);
    await this.faults.machine.powerCycle();
    await sync;
    await startUnenabled(this.host, this.#position);
    this.#isRebooted = true;
  }

  /** Makes the other state what the repository asks for. */
  async depart(): Promise<void> {
    await arrange(this.host, this.#position);
    await this.#push();
  }

  /** A push that somebody will take back: nothing is arranged, since nobody knows how much of it will be done. */
  async departInVain(): Promise<void> {
    await this.#push();
    this.#isTurned = true;
  }

  async turnBack(): Promise<void> {
    await this.#push();
  }

  async #push(): Promise<void> {
    const to = opposite[this.#position];
    this.#destination = await this.host.push(diffStates(this.#states[this.#position], this.#states[to]));
    this.#position = to;
  }

  /** @param where what happened on the way, for the message of a failure */
  async arrive(where: string): Promise<void> {
    const [found] = await Promise.all([this.faults.snapshot(), this.faults.expectEmptyPlan(where)]);
    await this.faults.expectAtRest(found, where);
    const expected = this.#arrivals.get(this.#position) ?? found;
    this.#arrivals.set(this.#position, expected);
    expect.soft(found.files, where).toEqual(expected.files);
    expect.soft(found.credentials, where).toEqual(expected.credentials);
    expect.soft(found.mounts, where).toEqual(expected.mounts);
    const cache = found.mounts.find((mount) => mount.startsWith("/srv/cache "))?.split(/[ ,]/);
    expect.soft(cache, where).toEqual(expect.arrayContaining([...cacheOptions[this.#position]]));
    expect.soft(found.units, where).toEqual(expected.units);
    expect.soft(found.versions, where).toEqual(expected.versions);
    this.#compareInvocations(found, where);
    this.#invocations = found.invocations;
    this.#isTurned = false;
    this.#isRebooted = false;
  }

  #compareInvocations({ invocations }: HostSnapshot, where: string): void {
    const isNew = (unit: string) => invocations.get(unit) !== this.#invocations.get(unit);
    const spared = interrupted.filter((unit) => !isNew(unit));
    if (!this.#isTurned) expect.soft(spared, `${where}: not restarted`).toEqual([]);
    if (!this.#isRebooted)
      expect.soft(undisturbed.filter(isNew), `${where}: restarted without need`).toEqual([]);
  }
}
