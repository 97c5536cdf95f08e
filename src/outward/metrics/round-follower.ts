/** Follows a round by its events: why it acts on units, how its attempt ended, and how long each phase took. Must not read the host. */
import type { AgentEvent } from "../../core/model/events.ts";
import type { RoundPhase } from "../../core/model/round-figures.ts";

/**
 * Why the agent acts on a unit. `revision`: the revision that is attempted asks for it. `rollback`: the host goes back to the
 * revision before, or an apply that was cut off is completed. `drift`: what has drifted is put back.
 */
export const actionCauses = ["revision", "rollback", "drift"] as const;
export type ActionCause = (typeof actionCauses)[number];

/** How an attempt ended, from the weakest to the strongest: of several in one round, the strongest is the result. */
export const syncResults = ["applied", "degraded", "superseded", "rejected", "rolled-back"] as const;
export type SyncResult = (typeof syncResults)[number];

export interface EndedAttempt {
  readonly result: SyncResult;
  /** How long the apply took, milliseconds; null when the revision is not on the host. */
  readonly durationMs: number | null;
  /** Milliseconds. */
  readonly phases: ReadonlyMap<RoundPhase, number>;
}

export class RoundFollower {
  readonly #nowMs: () => number;
  #cause: ActionCause = "drift";
  #result: SyncResult | null = null;
  #durationMs = 0;
  #phases = new Map<RoundPhase, number>();
  #entered: { readonly phase: RoundPhase; readonly atMs: number } | null = null;

  /** @param nowMs a monotonic clock, milliseconds */
  constructor(nowMs: () => number) {
    this.#nowMs = nowMs;
  }

  get cause(): ActionCause {
    return this.#cause;
  }

  /** @returns the attempt that ends with this event; null for most events */
  take(event: AgentEvent): EndedAttempt | null {
    switch (event.type) {
      case "round.entered":
        return this.#enter(event.phase);
      case "revision.applied":
        this.#durationMs = event.durationMs;
        this.#note("applied");
        return null;
      case "revision.degraded":
        this.#note("degraded");
        return null;
      case "revision.rejected":
        this.#cause = "rollback";
        this.#note("rejected");
        return null;
      case "revision.rolledBack":
        this.#note("rolled-back");
        return null;
      case "revision.superseded":
        this.#spend();
        this.#entered = null;
        this.#note("superseded");
        return this.#end();
      default:
        return null;
    }
  }

  #enter(phase: RoundPhase): EndedAttempt | null {
    if (phase === "fetch") this.#begin();
    // The phases of a correction, outside of rounds.
    if (this.#cause === "drift") return null;
    this.#spend();
    if (phase === "trust") this.#cause = "revision";
    if (phase !== "finish") {
      this.#entered = { phase, atMs: this.#nowMs() };
      return null;
    }
    // The attempt is over, and what is done to units from here on corrects drift. Nothing says when this phase ends.
    this.#entered = null;
    this.#cause = "drift";
    return this.#end();
  }

  /** Forgets a round that did not come to its end. */
  #begin(): void {
    this.#end();
    this.#entered = null;
    this.#cause = "rollback";
  }

  #spend(): void {
    if (this.#entered === null) return;
    const { phase, atMs } = this.#entered;
    this.#phases.set(phase, (this.#phases.get(phase) ?? 0) + this.#nowMs() - atMs);
  }

  /** Between rounds, units whose start went on may turn out to have failed: that is no attempt. */
  #note(result: SyncResult): void {
    if (this.#cause === "drift") return;
    const isStronger =
      this.#result === null || syncResults.indexOf(result) > syncResults.indexOf(this.#result);
    if (isStronger) this.#result = result;
  }

  #end(): EndedAttempt | null {
    const [result, phases] = [this.#result, this.#phases];
    this.#result = null;
    this.#phases = new Map();
    if (result === null) return null;
    const isOnHost = result === "applied" || result === "degraded";
    return { result, durationMs: isOnHost ? this.#durationMs : null, phases };
  }
}
