/** The units of a simulated systemd: which run, since when, as which invocation. Obeys jobs as systemd does in plain cases. */
import type { ObservedUnit, Ties } from "../../../src/core/model/observed.ts";
import type { JobVerb } from "../../../src/core/model/plan.ts";
import { isUp } from "../../../src/core/units/activity.ts";
import { followTies } from "../../../src/core/units/ties.ts";
import { LoadedUnits } from "./loaded-units.ts";
import type { MemoryFiles } from "./memory-files.ts";

/** Whole milliseconds, so that the agent's clock and systemd's agree. */
const tickUs = 1000;

export class MemoryUnits {
  readonly states = new Map<string, ObservedUnit>();
  readonly loaded = new LoadedUnits();
  #nowUs = 1_000_000;
  #invocations = 0;
  readonly #runs = new Map<string, number>();
  readonly #takenAlong = new Set<string>();

  /** CLOCK_REALTIME, milliseconds. */
  nowMs(): number {
    return this.#nowUs / 1000;
  }

  /** Starts it as a fresh invocation; `overrides` is whatever a test wants different. */
  run(name: string, overrides: Partial<ObservedUnit> = {}): void {
    this.#nowUs += tickUs;
    this.#invocations += 1;
    const working = this.loaded.isPassing(name);
    this.states.set(name, {
      name,
      loadState: "loaded",
      activeState: working ? "activating" : "active",
      subState: working ? "start" : "running",
      job: null,
      invocationId: this.#invocations.toString(16).padStart(32, "0"),
      startedAtUs: this.#nowUs,
      ...overrides,
    });
    this.#runs.set(name, this.runsOf(name) + 1);
  }

  /** How often it was started. */
  runsOf(name: string): number {
    return this.#runs.get(name) ?? 0;
  }

  /** Whether it was ever stopped or restarted along with another unit. */
  wasTakenAlong(name: string): boolean {
    return this.#takenAlong.has(name);
  }

  stop(name: string): void {
    const unit = this.states.get(name);
    if (unit === undefined) return;
    const { downBecause: _, ...rest } = unit;
    this.states.set(name, {
      ...rest,
      activeState: "inactive",
      subState: "dead",
      job: null,
      invocationId: null,
    });
  }

  fail(name: string): void {
    const unit = this.states.get(name);
    if (unit !== undefined) this.states.set(name, { ...unit, activeState: "failed", subState: "failed" });
  }

  resetFailed(name: string): void {
    if (this.states.get(name)?.activeState === "failed") this.stop(name);
  }

  /** A daemon-reload: what stands on the host counts from now on. */
  load(files: MemoryFiles): void {
    const before = [...this.states].filter(([name]) => this.loaded.defines(name));
    this.loaded.load(files);
    this.#nowUs += tickUs;
    for (const [name, unit] of before) {
      if (!this.loaded.defines(name)) this.states.set(name, { ...unit, loadState: "not-found" });
    }
  }

  /** As it is, also one that systemd has never heard of. */
  observe(name: string): ObservedUnit {
    const known = this.states.get(name);
    const isKnown = this.loaded.defines(name);
    const found = known?.loadState === "not-found" && isKnown ? "loaded" : known?.loadState;
    const loadState = this.loaded.isMasked(name) ? "masked" : (found ?? (isKnown ? "loaded" : "not-found"));
    if (known !== undefined) return { ...known, loadState };
    return {
      name,
      loadState,
      activeState: "inactive",
      subState: "dead",
      job: null,
      invocationId: null,
      startedAtUs: 0,
    };
  }

  readTies(): Ties {
    return this.loaded.readTies(this.states.keys());
  }

  /**
   * Carries out a job, and what systemd does along with it.
   * @param others units that are started or restarted in the same batch, and so not once more along with this one
   * @returns false when systemd refuses it
   */
  carryOut(verb: JobVerb, name: string, others: ReadonlySet<string>): boolean {
    const { loadState, activeState } = this.observe(name);
    if (verb === "stop") this.#stopAlong(name);
    else if (loadState !== "loaded") return false;
    else if (verb === "reload") return activeState === "active";
    else if (verb === "restart") this.#restartAlong(name, others);
    else if (activeState !== "active" && activeState !== "activating") this.#start(name);
    return true;
  }

  #start(name: string): void {
    for (const { unit } of this.readTies().conflicts.get(name) ?? []) if (this.#isUp(unit)) this.stop(unit);
    this.run(name);
  }

  #stopAlong(name: string): void {
    const along = [...followTies(this.readTies().along, [name]).keys()];
    const taken = along.filter((tied) => this.#isUp(tied));
    for (const unit of taken) this.#takenAlong.add(unit);
    for (const unit of [name, ...taken]) this.stop(unit);
  }

  #restartAlong(name: string, others: ReadonlySet<string>): void {
    const along = [...followTies(this.readTies().along, [name]).keys()];
    const taken = along.filter((tied) => this.#isUp(tied) && !others.has(tied));
    for (const unit of taken) this.#takenAlong.add(unit);
    for (const unit of [name, ...taken]) this.#start(unit);
  }

  #isUp(name: string): boolean {
    return isUp(this.states.get(name));
  }
}
