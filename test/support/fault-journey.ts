/**
 * Goes to and fro between the two states of fault-states.ts, killing the agent on the way, and judges where it arrives.
 * What is right is what an undisturbed journey leads to.
 */
import { expect } from "vitest";
import type { AgentHost } from "./agent-host.ts";
import type { BootForGroup } from "./each-root.ts";
import { type CompleteRun, type CrashOptions, FaultHost } from "./fault-host.ts";
import type { HostSnapshot } from "./fault-snapshot.ts";
import {
  allUnits,
  arrange,
  crashService,
  diffStates,
  installDistributionUnits,
  interrupted,
  makeStates,
  type RepositoryState,
  type StateName,
  undisturbed,
} from "./fault-states.ts";

const opposite = { a: "b", b: "a" } as const;

export class FaultJourney {
  readonly faults: FaultHost;
  readonly #states: Readonly<Record<StateName, RepositoryState>>;
  readonly #arrivals = new Map<StateName, HostSnapshot>();
  #position: StateName = "a";
  #invocations: ReadonlyMap<string, string> = new Map();

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

  get position(): StateName {
    return this.#position;
  }

  get host(): AgentHost {
    return this.faults.host;
  }

  /** To the other state without a disturbance. */
  async travel(): Promise<CompleteRun> {
    await this.depart();
    const run = await this.faults.runToEnd();
    await this.arrive("undisturbed");
    return run;
  }

  /**
   * To the other state, killed on the way.
   * @returns false when the agent arrived before it came to the place where it was to be killed
   */
  async travelKilled(crash: CrashOptions): Promise<boolean> {
    await this.depart();
    const where = await this.faults.runUntilKilled(crash);
    await crashService(this.host);
    await this.faults.resume();
    await this.arrive(where ?? "not killed");
    return where !== null;
  }

  /** Makes the other state what the repository asks for. */
  async depart(): Promise<void> {
    const to = opposite[this.#position];
    await arrange(this.host, this.#position);
    await this.host.push(diffStates(this.#states[this.#position], this.#states[to]));
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
    expect.soft(found.units, where).toEqual(expected.units);
    expect.soft(found.versions, where).toEqual(expected.versions);
    const isNew = (unit: string) => found.invocations.get(unit) !== this.#invocations.get(unit);
    expect
      .soft(
        interrupted.filter((unit) => !isNew(unit)),
        `${where}: not restarted`,
      )
      .toEqual([]);
    expect.soft(undisturbed.filter(isNew), `${where}: restarted without need`).toEqual([]);
    this.#invocations = found.invocations;
  }
}
