/**
 * Watches the units that an apply has touched until it is known of each whether it works. Asks systemd, and runs the unit's
 * check command if there is one. Must not change anything. Measures with the monotonic clock: if the time of a host is set
 * while it boots, the wall clock would make it wait for ever, or call every unit too slow.
 */

import type { UnitFailure } from "../core/model/failure.ts";
import type { ObservedUnit } from "../core/model/observed.ts";
import type { LongStart } from "../core/model/starts.ts";
import type { UnitStatus } from "../core/model/unit-status.ts";
import type { LogPort, ManagerPort } from "../core/ports/systemd.ts";
import { type CheckPorts, type Failures, runChecks, type SettlingUnit } from "./run-checks.ts";

export interface SettlePorts extends CheckPorts {
  readonly manager: ManagerPort;
  readonly logs: LogPort;
}

/** Looks are held apart by this time. */
const shortestPauseMs = 100;
/** How long a signal of systemd may be missed, and the watchdog of the agent waits. */
const longestPauseMs = 1_000;
const logLines = 5;

/**
 * `waiting`: the unit may still become well. `down`: it is inactive, which is well unless a condition kept it from starting.
 * `late`: it is over its time-out, which is a failure unless it is a oneshot at work.
 */
type Verdict =
  | { readonly kind: "well" | "down" }
  | { readonly kind: "waiting" }
  | { readonly kind: "failed" | "late"; readonly message: string };

/** What is remembered of a unit between two looks. */
interface Watch {
  readonly unit: SettlingUnit;
  activeSinceMs: number | null;
  invocationId: string | null;
}

/** The result of the watch; units that work are in none of the three. */
export interface Settled {
  readonly failures: Failures;
  /** Oneshots that are at work, and units that wait for them. */
  readonly unfinished: ReadonlyMap<string, LongStart>;
  /** Units that were not started, without a failure: unit → the condition that was not met. */
  readonly unmet: ReadonlyMap<string, string>;
}

/**
 * Each unit must become active within its `timeout` and stay active, with the same invocation, for its `settle`; or it must
 * end well, as a oneshot does. Then its check must pass within the rest of the time-out. A oneshot that is still at work
 * after the time-out has not failed: its own `TimeoutStartSec=` limits it.
 * @throws AgentError `systemd-unreachable`; the signal's reason when it aborts
 */
export async function settleUnits(
  ports: SettlePorts,
  units: readonly SettlingUnit[],
  signal: AbortSignal,
): Promise<Settled> {
  const startedMs = performance.now();
  const watched = await watchUnits(ports, units, startedMs, signal);
  const isWell = (name: string) => !Object.values(watched).some((found) => found.has(name));
  const well = units.filter(({ name }) => isWell(name));
  const unhealthy = await runChecks(ports, well, startedMs, signal);
  return { ...watched, failures: new Map([...watched.failures, ...unhealthy]) };
}

async function watchUnits(
  ports: SettlePorts,
  units: readonly SettlingUnit[],
  startedMs: number,
  signal: AbortSignal,
): Promise<Settled> {
  const { failures, late, down } = await watchUntilKnown(ports, units, startedMs, signal);
  const unfinished = late.size === 0 ? noStarts : await ports.manager.readLongStarts([...late.keys()]);
  const skipped = down.length === 0 ? [] : [...(await ports.manager.readUnmet(down))];
  const refused = skipped.filter(([, { isFailure }]) => isFailure);
  return {
    failures: new Map([
      ...failures,
      ...[...late].filter(([name]) => !unfinished.has(name)),
      ...refused.map(([name, { message }]) => [name, `${name} was not started: ${message}`] as const),
    ]),
    unfinished,
    unmet: new Map(skipped.flatMap(([name, { message, isFailure }]) => (isFailure ? [] : [[name, message]]))),
  };
}

/** What was seen of units that are neither well nor waited for. */
interface Seen {
  readonly failures: Map<string, string>;
  readonly late: Map<string, string>;
  readonly down: string[];
}

/** Looks at the units each time that systemd tells of a change of one of them, and when the time of one is up. */
async function watchUntilKnown(
  ports: SettlePorts,
  units: readonly SettlingUnit[],
  startedMs: number,
  signal: AbortSignal,
): Promise<Seen> {
  const seen: Seen = { failures: new Map(), late: new Map(), down: [] };
  if (units.length === 0) return seen;
  const changes = await ports.manager.watchChanges(units.map(({ name }) => name));
  try {
    let waiting = units.map((unit): Watch => ({ unit, activeSinceMs: null, invocationId: null }));
    for (;;) {
      signal.throwIfAborted();
      const observed = await ports.manager.readUnits(waiting.map(({ unit }) => unit.name));
      const nowMs = performance.now();
      waiting = waiting.filter((watch) => {
        const { name } = watch.unit;
        const verdict = judge(watch, observed.get(name), nowMs, startedMs);
        if (verdict.kind === "failed") seen.failures.set(name, verdict.message);
        if (verdict.kind === "late") seen.late.set(name, verdict.message);
        if (verdict.kind === "down") seen.down.push(name);
        return verdict.kind === "waiting";
      });
      if (waiting.length === 0) return seen;
      const dueMs = Math.min(...waiting.map((watch) => findDueMs(watch, startedMs)));
      await ports.clock.sleep(shortestPauseMs, signal);
      const leftMs = Math.max(dueMs - performance.now(), 0);
      await changes.next(Math.min(leftMs, longestPauseMs), signal);
    }
  } finally {
    changes.close();
  }
}

/** When the unit's state is judged differently although it has not changed. */
function findDueMs({ unit: { health }, activeSinceMs }: Watch, startedMs: number): number {
  return activeSinceMs === null ? startedMs + health.timeoutMs : activeSinceMs + health.settleMs;
}

const noStarts: ReadonlyMap<string, LongStart> = new Map();

function judge(watch: Watch, found: ObservedUnit | undefined, nowMs: number, startedMs: number): Verdict {
  const { name, health } = watch.unit;
  if (found === undefined) return { kind: "failed", message: `${name} is unknown to systemd` };
  if (found.activeState === "failed") return { kind: "failed", message: `${name} failed` };
  if (found.subState.startsWith("auto-restart")) {
    return { kind: "failed", message: `${name} ended, and systemd starts it again (Restart=)` };
  }
  // A oneshot that has done its work, or a service that ended by itself without a failure.
  if (found.activeState === "inactive" && found.job === null) return { kind: "down" };
  if (found.activeState === "active") {
    if (watch.activeSinceMs === null) {
      watch.activeSinceMs = nowMs;
      watch.invocationId = found.invocationId;
    }
    if (found.invocationId !== watch.invocationId) {
      return { kind: "failed", message: `${name} did not stay up: it was started anew` };
    }
    if (nowMs - watch.activeSinceMs >= health.settleMs) return { kind: "well" };
  } else if (nowMs - startedMs >= health.timeoutMs) {
    const state = `${found.activeState} (${found.subState})`;
    return {
      kind: "late",
      message: `${name} is still ${state} ${health.timeoutMs / 1000} s after its job (health.timeout)`,
    };
  }
  return { kind: "waiting" };
}

/**
 * Adds to each failure what systemd and the journal know: result, exit status, last log lines. Also tells of the failed units
 * that those with a failure require: theirs is the cause.
 * @param sinceUs when systemd loaded what the units run with, in microseconds of the epoch; older log lines are left out,
 *   since they belong to an earlier revision
 */
export async function describeFailures(
  ports: Pick<SettlePorts, "manager" | "logs">,
  failures: Failures,
  sinceUs: number,
): Promise<readonly UnitFailure[]> {
  if (failures.size === 0) return [];
  const required = await ports.manager.readFailedRequirements([...failures.keys()]);
  const causes = [...required].map(([unit, by]) => [unit, `${unit}, which ${by} requires, failed`] as const);
  const all = new Map([...failures, ...causes]);
  const statuses = await ports.manager.readStatus([...all.keys()]);
  return Promise.all(
    [...all].map(async ([unit, message]) => ({
      unit,
      message: `${message}${describeEnd(statuses.get(unit))}`,
      log: await ports.logs.readLastLines(unit, logLines, sinceUs),
    })),
  );
}

function describeEnd(status: UnitStatus | undefined): string {
  const result = status?.result;
  if (result === undefined || result === null || result === "success") return "";
  const exit = status?.service?.mainExit;
  if (exit === undefined || exit === null) return ` (result ${result})`;
  return exit.how === "exited"
    ? ` (result ${result}, exit status ${exit.status})`
    : ` (result ${result}, signal ${exit.status})`;
}
