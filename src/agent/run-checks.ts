/**
 * Runs the check commands of units (`health.check`) until they pass or their time is over. Must not judge how systemd says that
 * the units do.
 */
import type { HealthRules } from "../core/model/rules.ts";
import type { CheckPort } from "../core/ports/host.ts";
import type { Clock } from "../core/ports/run.ts";

export interface CheckPorts {
  readonly checks: CheckPort;
  readonly clock: Clock;
}

export interface SettlingUnit {
  readonly name: string;
  readonly health: HealthRules;
}

/** Unit → what is wrong with it, in one line. */
export type Failures = ReadonlyMap<string, string>;

const checkPauseMs = 500;

/**
 * @param startedMs since when the units are watched, on the monotonic clock
 * @returns the units whose check did not pass within their settle and time-out
 * @throws the signal's reason when it aborts
 */
export async function runChecks(
  ports: CheckPorts,
  units: readonly SettlingUnit[],
  startedMs: number,
  signal: AbortSignal,
): Promise<Failures> {
  const failures = new Map<string, string>();
  await Promise.all(
    units.map(async ({ name, health }) => {
      if (health.check === undefined) return;
      const deadlineMs = startedMs + health.settleMs + health.timeoutMs;
      const message = await repeatCheck(ports, health.check, deadlineMs, signal);
      if (message !== null) failures.set(name, `the check of ${name} failed: ${message}`);
    }),
  );
  return failures;
}

/**
 * Repeats the check until it passes: a service that has just started may not answer yet. At the deadline the last result
 * counts.
 */
async function repeatCheck(
  ports: CheckPorts,
  argv: readonly string[],
  deadlineMs: number,
  signal: AbortSignal,
): Promise<string | null> {
  for (;;) {
    const leftMs = Math.max(deadlineMs - performance.now(), 1000);
    const message = await ports.checks.runCheck(argv, leftMs, signal);
    signal.throwIfAborted();
    if (message === null || performance.now() + checkPauseMs >= deadlineMs) return message;
    await ports.clock.sleep(checkPauseMs, signal);
    signal.throwIfAborted();
  }
}
