/** Counts what the agent does, from its events. Must not read the host. */
import { Counter, Gauge, Histogram, type Registry } from "prom-client";
import type { AgentEvent } from "../../core/model/events.ts";
import { actionCauses, type EndedAttempt, RoundFollower, syncResults } from "./round-follower.ts";

const prefix = "gitops_agent_";
/** Seconds: from a small change to a revision whose units take minutes to prove themselves. */
const buckets = [0.1, 0.5, 1, 2.5, 5, 10, 30, 60, 300];

const unitActions = {
  "unit.started": "start",
  "unit.stopped": "stop",
  "unit.restarted": "restart",
  "unit.reloaded": "reload",
  "unit.takenAlong": "taken-along",
} as const;

export class EventMetrics {
  readonly #polls: Counter<"result">;
  readonly #syncs: Counter<"result">;
  readonly #actions: Counter<"action" | "cause">;
  readonly #corrections: Counter<"result">;
  readonly #lost: Counter<"sink">;
  readonly #failing: Gauge<"sink">;
  readonly #phases: Histogram<"phase">;
  readonly #duration: Histogram;
  readonly #round: RoundFollower;

  /** @param nowMs a monotonic clock, milliseconds */
  constructor(registry: Registry, nowMs: () => number) {
    const registers = [registry];
    const counter = <Label extends string>(name: string, help: string, ...labelNames: readonly Label[]) =>
      new Counter({ name: `${prefix}${name}`, help, labelNames, registers });
    this.#round = new RoundFollower(nowMs);
    this.#polls = counter("polls_total", "Questions to the repository, by result.", "result");
    this.#syncs = counter("syncs_total", "Attempts at a revision that have ended, by result.", "result");
    this.#actions = counter(
      "unit_actions_total",
      "What was done to units, by action and cause.",
      "action",
      "cause",
    );
    this.#corrections = counter("corrections_total", "Drift that was put back, by result.", "result");
    this.#lost = counter("sink_lost_events_total", "Events or messages that a sink has lost.", "sink");
    this.#failing = new Gauge({
      name: `${prefix}sink_failing`,
      help: "1 while a sink of events, or an integration, does not work.",
      labelNames: ["sink"],
      registers,
    });
    this.#duration = new Histogram({
      name: `${prefix}sync_duration_seconds`,
      help: "How long it took to apply a revision.",
      buckets,
      registers,
    });
    this.#phases = new Histogram({
      name: `${prefix}sync_phase_duration_seconds`,
      help: "How long a round with an attempt was in each phase.",
      labelNames: ["phase"],
      buckets,
      registers,
    });
    this.#beginAtZero();
  }

  take(event: AgentEvent): void {
    const ended = this.#round.take(event);
    if (ended !== null) this.#count(ended);
    switch (event.type) {
      case "repository.polled":
        this.#polls.inc({ result: "answered" });
        break;
      case "repository.failed":
        this.#polls.inc({ result: "failed" });
        break;
      case "unit.started":
      case "unit.stopped":
      case "unit.restarted":
      case "unit.reloaded":
      case "unit.takenAlong":
        this.#actions.inc({ action: unitActions[event.type], cause: this.#round.cause });
        break;
      case "drift.corrected":
        this.#corrections.inc({ result: "corrected" });
        break;
      case "drift.stalled":
        this.#corrections.inc({ result: "stalled" });
        break;
      case "sink.failed":
        this.#failing.set({ sink: event.sink }, 1);
        this.#lost.inc({ sink: event.sink }, 0);
        break;
      case "sink.recovered":
        this.#failing.set({ sink: event.sink }, 0);
        this.#lost.inc({ sink: event.sink }, event.lost);
        break;
    }
  }

  /** A counter that is absent until its first event cannot be used in rate() from the beginning. */
  #beginAtZero(): void {
    for (const result of ["answered", "failed"]) this.#polls.inc({ result }, 0);
    for (const result of syncResults) this.#syncs.inc({ result }, 0);
    for (const result of ["corrected", "stalled"]) this.#corrections.inc({ result }, 0);
    for (const action of Object.values(unitActions)) {
      for (const cause of actionCauses) this.#actions.inc({ action, cause }, 0);
    }
    this.#failing.set({ sink: "metrics" }, 0);
    this.#lost.inc({ sink: "metrics" }, 0);
  }

  #count({ result, durationMs, phases }: EndedAttempt): void {
    this.#syncs.inc({ result });
    if (durationMs !== null) this.#duration.observe(durationMs / 1_000);
    for (const [phase, ms] of phases) this.#phases.observe({ phase }, ms / 1_000);
  }
}
