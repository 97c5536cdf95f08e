/**
 * A host in memory, for tests of what the agent does to one: files, units and the agent's state are simulated, the agent is
 * the real one. It can be killed before each thing that it does, and starts again with the next call. Touches nothing of the
 * machine, and takes no time.
 */
import { lookAndCorrect } from "../../../src/agent/correct.ts";
import { type PrepareSettings, preparePlan } from "../../../src/agent/prepare.ts";
import { PrepareMemory } from "../../../src/agent/prepare-memory.ts";
import { noMeter } from "../../../src/agent/round-meter.ts";
import { type SyncPorts, syncRevision } from "../../../src/agent/sync.ts";
import { openGate } from "../../../src/core/gate/gate.ts";
import type { DriftRecord } from "../../../src/core/model/drift.ts";
import type { Inventory } from "../../../src/core/model/inventory.ts";
import type { ObservedFile, ObservedUnit } from "../../../src/core/model/observed.ts";
import type { JobVerb, Plan } from "../../../src/core/model/plan.ts";
import type { Revision } from "../../../src/core/model/revision.ts";
import { emptySyncRecord, type SyncRecord } from "../../../src/core/model/sync-record.ts";
import type { RefusalPolicy } from "../../../src/core/plan/refusals.ts";
import { forgetDone } from "../../../src/core/record/actions.ts";
import { digestText, layout, policy, type RepositoryText } from "../values/scenario.ts";
import { Account, type Done } from "./account.ts";
import { Effects, Killed, killedBefore, type Life } from "./effects.ts";
import { MemoryFiles } from "./memory-files.ts";
import { makeManager, noLogs } from "./memory-manager.ts";
import { MemoryRepository } from "./memory-repository.ts";
import { MemoryCredentials, MemoryState, noHistory } from "./memory-state.ts";
import { MemoryUnits } from "./memory-units.ts";

const settings: PrepareSettings = { host: "h1", policy, gate: openGate };

export class SimulatedHost {
  readonly #effects = new Effects();
  readonly #repository = new MemoryRepository();
  readonly #files = new MemoryFiles(this.#effects);
  readonly #units = new MemoryUnits();
  readonly #state = new MemoryState(this.#effects);
  readonly #credentials = new MemoryCredentials(this.#effects);
  readonly #memory = new PrepareMemory();
  /** The commands that fail. */
  readonly failing = new Set<string>();
  #account = new Account();

  constructor() {
    for (const target of ["multi-user.target", "timers.target", "sockets.target", "paths.target"])
      this.run(target);
  }

  get files(): Map<string, ObservedFile> {
    return this.#files.entries;
  }

  get units(): ReadonlyMap<string, ObservedUnit> {
    return this.#units.states;
  }

  get inventory(): Inventory {
    return this.#state.inventory;
  }

  set inventory(inventory: Inventory) {
    this.#state.inventory = inventory;
  }

  /** The credentials that consumers get. */
  get generation(): string | null {
    return this.#credentials.current;
  }

  /** How many effects the last run of the agent had. */
  get effectCount(): number {
    return this.#effects.count;
  }

  /** Somebody starts a unit: a fresh invocation; `overrides` is whatever the test wants different. */
  run(name: string, overrides: Partial<ObservedUnit> = {}): void {
    this.#units.run(name, overrides);
  }

  /** How often it was started. */
  runsOf(name: string): number {
    return this.#units.runsOf(name);
  }

  /** Whether systemd ever stopped or restarted it along with another unit. */
  wasTakenAlong(name: string): boolean {
    return this.#units.wasTakenAlong(name);
  }

  stop(name: string): void {
    this.#units.stop(name);
  }

  fail(name: string): void {
    this.#units.fail(name);
  }

  invocationOf(name: string): string | null {
    return this.units.get(name)?.invocationId ?? null;
  }

  /** Puts a file on the host that the agent knows nothing of. */
  putFile(path: string, content: string): void {
    this.#files.put(path, content);
  }

  /** Somebody has systemd load what stands on the host. */
  daemonReload(): void {
    this.#units.load(this.#files);
  }

  /** The commit of a text: the same for the same object, another one for an equal object. */
  push(text: RepositoryText): Revision {
    return this.#repository.push(text);
  }

  /** What a sync would do. */
  async plan(text: RepositoryText, chosen: RefusalPolicy = policy): Promise<Plan> {
    const revision = this.push(text);
    const { signal } = new AbortController();
    const prepared = await preparePlan(
      this.#makePorts(),
      { ...settings, policy: chosen },
      revision,
      this.inventory,
      signal,
    );
    return prepared.plan;
  }

  /**
   * The agent brings the host to the text.
   * @param life where it is killed, and what happens meanwhile
   * @returns what it did, as far as it got
   * @throws UnhealthyError when units do not work then; any other AgentError when the text is refused
   */
  sync(text: RepositoryText, life: Life = {}): Promise<Done> {
    return this.#live(text, life, false);
  }

  /** As `sync`, for a text that the host goes back to: there is no other one if its units do not work. */
  goBack(text: RepositoryText, life: Life = {}): Promise<Done> {
    return this.#live(text, life, true);
  }

  /** As `sync`, with an agent that is killed when all is done but that the revision is recorded as applied. */
  attempt(text: RepositoryText): Promise<Done> {
    return this.sync(text, killedBefore("finish"));
  }

  /**
   * The agent puts these differences back, and nothing else.
   * @returns what it did
   */
  async correct(drift: readonly DriftRecord[], life: Life = {}): Promise<Done> {
    const { signal } = new AbortController();
    this.#effects.begin(life);
    this.#account = new Account();
    const look = async (record: SyncRecord) => ({ ...record, drift });
    const work = { record: emptySyncRecord, wish: "all" } as const;
    try {
      await lookAndCorrect(this.#makePorts(), settings, { look, lookAgain: look }, work, signal);
    } catch (error) {
      if (!(error instanceof Killed)) throw error;
    }
    if (!this.#effects.isKilled) {
      this.inventory = { ...this.inventory, actions: forgetDone(this.inventory.actions) };
    }
    return this.#account.done;
  }

  async #live(text: RepositoryText, life: Life, mayFail: boolean): Promise<Done> {
    const { signal } = new AbortController();
    const onPhase = async (phase: string) => this.#effects.pass("phase", phase);
    const request = { revision: this.push(text), recheck: [], mayFail, onPhase };
    this.#effects.begin(life);
    this.#account = new Account();
    try {
      await syncRevision(this.#makePorts(), settings, request, signal);
    } catch (error) {
      if (!(error instanceof Killed)) throw error;
    }
    // As at the end of a round: the history has what was done.
    if (!this.#effects.isKilled) {
      this.inventory = { ...this.inventory, actions: forgetDone(this.inventory.actions) };
    }
    return this.#account.done;
  }

  #makePorts(): SyncPorts {
    const onDone = (kind: JobVerb | "refresh-cgroup", unit: string) => {
      const asked = this.inventory.actions.asked.find((job) => job.unit === unit && job.verb === kind);
      this.#account.add({ kind, unit, because: asked?.because ?? "" });
    };
    return {
      source: this.#repository.source,
      secrets: this.#repository.secrets,
      parseRepositoryConfig: this.#repository.parseRepositoryConfig,
      validate: async () => [],
      digestBytes: digestText,
      memory: this.#memory,
      layout,
      files: this.#files.port,
      credentials: this.#credentials.port,
      manager: makeManager({
        units: this.#units,
        files: this.#files,
        effects: this.#effects,
        runCommand: (command) => (this.failing.has(command) ? "exit status 1" : null),
        onDone,
      }),
      state: this.#state.port,
      history: noHistory,
      checks: { runCheck: async () => null },
      logs: noLogs,
      events: { emit: (event) => this.#account.tell(event) },
      meter: noMeter,
      clock: {
        now: () => this.#units.nowMs(),
        sleep: async () => {
          throw new Error("nothing on this host takes time");
        },
      },
    };
  }
}

/** A host that was brought to the text. */
export async function hostWith(text: RepositoryText): Promise<SimulatedHost> {
  const host = new SimulatedHost();
  await host.sync(text);
  return host;
}
