/** Runs the commands of hooks, one after the other. Must not choose them, nor judge the revision. */
import type { Desired } from "../core/model/desired.ts";
import type { Hook } from "../core/model/hook.ts";
import type { Inventory } from "../core/model/inventory.ts";
import type { Plan, Step } from "../core/model/plan.ts";
import { isSameHook } from "../core/plan/hooks.ts";
import type { Clock } from "../core/ports/run.ts";
import type { StatePort } from "../core/ports/state.ts";
import { addActions } from "../core/record/actions.ts";
import { recordHooks } from "../core/record/hooks.ts";
import { formatCommand } from "../core/units/hook-unit.ts";
import type { Failures } from "./run-checks.ts";
import type { JobPorts } from "./run-jobs.ts";

export interface HookPorts extends JobPorts {
  readonly state: StatePort;
  readonly clock: Clock;
}

export interface HookWork {
  readonly plan: Plan;
  readonly desired: Desired;
  readonly endsAtHook: boolean;
}

type RunStep = Extract<Step, { kind: "run" }>;

export interface HookResults {
  /** The inventory, saved: the commands that ended well are not owed any more. */
  readonly inventory: Inventory;
  /** Transient unit → how its command failed, in one line. */
  readonly failures: Failures;
  /** When the first began, microseconds since the epoch; 0 when there was none. */
  readonly beganUs: number;
}

/**
 * Runs the commands of the plan in their order. One that fails stays owed; the others are run all the same, unless a failure ends
 * the apply.
 * @throws AgentError `systemd-unreachable`, `state-unwritable`
 */
export async function runHooks(
  ports: HookPorts,
  { plan, desired, endsAtHook }: HookWork,
  loaded: Inventory,
): Promise<HookResults> {
  const failures = new Map<string, string>();
  const steps = plan.steps.filter((step) => step.kind === "run");
  const beganUs = steps.length === 0 ? 0 : ports.clock.now() * 1000;
  let inventory = loaded;
  for (const step of steps) {
    const failure = await runCommand(ports, step, desired.defaultHealth.timeoutMs);
    if (failure !== null) {
      failures.set(step.unit, failure);
      if (endsAtHook) break;
    } else {
      inventory = recordRun(inventory, step, new Date(ports.clock.now()).toISOString());
      await ports.state.saveInventory(inventory);
    }
  }
  return { inventory, failures, beganUs };
}

/** Null when it ended well; otherwise how it failed. */
async function runCommand(
  { manager, events }: HookPorts,
  { unit, command, because }: RunStep,
  timeoutMs: number,
): Promise<string | null> {
  const text = formatCommand(command);
  const description = `${text} (${because})`;
  const failure = await manager.runCommand({ unit, description, command, timeoutMs });
  if (failure !== null) return `${text} failed after ${because}: ${failure}`;
  events.emit({ type: "hook.ran", unit, command, because });
  return null;
}

function recordRun(inventory: Inventory, { command, because }: RunStep, at: string): Inventory {
  const hook: Hook = { verb: "run", command };
  const action = { unit: formatCommand(command), action: "ran", because, at };
  const noted = { ...inventory, actions: addActions(inventory.actions, [action]) };
  return recordHooks(noted, (one) => isSameHook(one, hook));
}
