/** Counts what the agent does, from its events. Must not read the host. */
import { Counter, Gauge, Histogram, type Registry } from "prom-client";
import type { AgentEvent } from "../../core/model/events.ts";
import type { RoundPhase } from "../../core/model/round-figures.ts";

const prefix = "gitops_agent_";
/** Seconds: from a small change to a revision whose units take minutes to prove themselves. */
const buckets = [0.1, 0.5, 1, 2.5, 5, 10, 30, 60, 300];

const unitActions = {
  "unit.started": "start",
  "unit.stopped": "stop",
  "unit.restarted": "restart",
  "unit.reloaded": "reload",
} as const;

export class EventMetrics {
  readonly #polls: Counter<"result">;
  readonly #syncs: Counter<"result">;
  readonly #actions: Counter<"action">;
  readonly #corrections: Counter<"result">;
  readonly #lost: Counter<"sink">;
  readonly #failing: Gauge<"sink">;
  readonly #phases: PhaseTimes;
  readonly #duration: Histogram;

  /** @param nowMs a monotonic clock, milliseconds */
  constructor(registry: Registry, nowMs: () => number) {
    const counter = <Label extends string>(name: string, help: string, label: Label) =>
      new Counter({ name: `${prefix}${name}`, help, labelNames: [label], registers: [registry] });
    this.#polls = counter("polls_total", "Questions to the repository, by result.", "result");
    this.#syncs = counter("syncs_total", "Attempts at a revision that have ended, by result.", "result");
    this.#actions = counter("unit_actions_total", "What the agent did to units, by action.", "action");
    this.#corrections = counter("corrections_total", "Drift that was put back, by result.", "result");
    this.#lost = counter("sink_lost_events_total", "Events or messages that a sink has lost.", "sink");
    this.#failing = new Gauge({
      name: `${prefix}sink_failing`,
      help: "1 while a sink of events, or an integration, does not work.",
      labelNames: ["sink"],
      registers: [registry],
    });
    this.#duration = new Histogram({
      name: `${prefix}sync_duration_seconds`,
      help: "How long it took to apply a revision.",
      buckets,
      registers: [registry],
    });
    this.#phases = new PhaseTimes(
      new Histogram({
        name: `${prefix}sync_phase_duration_seconds`,
        help: "How long an attempt at a revision was in each phase.",
        labelNames: ["phase"],
        buckets,
        registers: [registry],
      }),
      nowMs,
    );
    this.#failing.set({ sink: "metrics" }, 0);
    // A counter that is absent until its first event cannot be used in rate() from the beginning.
    for (const result of ["answered", "failed"]) this.#polls.inc({ result }, 0);
    for (const result of ["applied", "degraded", "rejected", "rolled-back"]) this.#syncs.inc({ result }, 0);
    for (const action of Object.values(unitActions)) this.#actions.inc({ action }, 0);
    for (const result of ["corrected", "stalled"]) this.#corrections.inc({ result }, 0);
  }

  take(event: AgentEvent): void {
    switch (event.type) {
      case "repository.polled":
        this.#polls.inc({ result: "answered" });
        break;
      case "repository.failed":
        this.#polls.inc({ result: "failed" });
        break;
      case "revision.applied":
        this.#duration.observe(event.durationMs / 1_000);
        this.#noteSync("applied");
        break;
      case "revision.degraded":
        this.#noteSync("degraded");
        break;
      case "revision.rejected":
        this.#noteSync("rejected");
        break;
      case "revision.rolledBack":
        this.#noteSync("rolled-back");
        break;
      case "unit.started":
      case "unit.stopped":
      case "unit.restarted":
      case "unit.reloaded":
        this.#actions.inc({ action: unitActions[event.type] });
        break;
      case "drift.corrected":
        this.#corrections.inc({ result: "corrected" });
        break;
      case "drift.stalled":
        this.#corrections.inc({ result: "stalled" });
        break;
      case "round.entered":
        this.#phases.enter(event.phase);
        break;
      case "sink.failed":
        this.#failing.set({ sink: event.sink }, 1);
        break;
      case "sink.recovered":
        this.#failing.set({ sink: event.sink }, 0);
        this.#lost.inc({ sink: event.sink }, event.lost);
        break;
    }
  }

  #noteSync(result: string): void {
    this.#syncs.inc({ result });
    this.#phases.keep();
  }
}

/** The times of the phases of one round, of which only a round with an attempt is kept: most rounds are polls. */
class PhaseTimes {
  readonly #histogram: Histogram<"phase">;
  readonly #nowMs: () => number;
  readonly #times = new Map<RoundPhase, number>();
  #now: { readonly phase: RoundPhase; readonly sinceMs: number } | null = null;
  #isKept = false;

  constructor(histogram: Histogram<"phase">, nowMs: () => number) {
    this.#histogram = histogram;
    this.#nowMs = nowMs;
  }

  enter(phase: RoundPhase): void {
    const nowMs = this.#nowMs();
    if (this.#now !== null) {
      const spentMs = nowMs - this.#now.sinceMs;
      this.#times.set(this.#now.phase, (this.#times.get(this.#now.phase) ?? 0) + spentMs);
    }
    this.#now = { phase, sinceMs: nowMs };
    // Nothing says when the last phase ends, so its time is left out.
    if (phase === "finish") this.#end();
  }

  keep(): void {
    this.#isKept = true;
  }

  #end(): void {
    if (this.#isKept) {
      for (const [phase, ms] of this.#times) this.#histogram.observe({ phase }, ms / 1_000);
    }
    this.#times.clear();
    this.#now = null;
    this.#isKept = false;
  }
}
