/**
 * Finds out which of the units that an apply has touched work, reports the failed ones, and notes in the inventory which
 * ones still start. Must not decide anything about the revision.
 */

import { findHealth } from "../core/desired/unit-rules.ts";
import type { UnfinishedUnit } from "../core/model/actions.ts";
import type { Desired } from "../core/model/desired.ts";
import type { UnitFailure } from "../core/model/failure.ts";
import type { Inventory } from "../core/model/inventory.ts";
import type { LongStart } from "../core/model/starts.ts";
import type { EventSink } from "../core/ports/run.ts";
import { addActions } from "../core/record/actions.ts";
import { recordUnfinished } from "../core/record/unfinished.ts";
import { isHookUnit } from "../core/units/hook-unit.ts";
import type { ApplyResult } from "./apply.ts";
import type { SettlingUnit } from "./run-checks.ts";
import { describeFailures, type SettlePorts, settleUnits } from "./settle.ts";

export interface ProvePorts extends SettlePorts {
  readonly events: EventSink;
}

export interface ProveInput {
  readonly desired: Desired;
  readonly result: ApplyResult;
  /** Units that the apply has touched, also an earlier one that was killed. */
  readonly touched: readonly string[];
}

export interface Proof {
  readonly failedUnits: readonly UnitFailure[];
  /** The inventory with the units whose start goes on, and with the actions that settling has found. */
  readonly inventory: Inventory;
}

/**
 * Watches the touched units until each works or not. Does not watch those whose job has shown already how it ended.
 * @throws AgentError `systemd-unreachable`; the signal's reason when it aborts
 */
export async function proveUnits(ports: ProvePorts, input: ProveInput, signal: AbortSignal): Promise<Proof> {
  const { desired, result, touched } = input;
  const { failures, unfinished, unmet } = result;
  const goingOn = unfinished.length === 0 ? [] : [...(await ports.manager.readLongStarts(unfinished))];
  const isKnown = (name: string) =>
    failures.has(name) || unmet.includes(name) || goingOn.some(([unit]) => unit === name);
  const settling = touched
    .filter((name) => !isKnown(name))
    .map((name): SettlingUnit => ({ name, health: findHealth(desired, name) }));
  const settled = await settleUnits(ports, settling, signal);
  const starts = [...goingOn, ...settled.unfinished];
  for (const [unit, because] of settled.unmet) ports.events.emit({ type: "unit.skipped", unit, because });
  for (const [unit, { message }] of starts) ports.events.emit({ type: "unit.unfinished", unit, message });
  const all = new Map([...failures, ...settled.failures]);
  const select = (isHook: boolean) => new Map([...all].filter(([name]) => isHookUnit(name) === isHook));
  const failedUnits = [
    ...(await describeFailures(ports, select(true), result.hooksBeganUs)),
    ...(await describeFailures(ports, select(false), result.inventory.loadedAtUs)),
  ];
  for (const { unit, message } of failedUnits) ports.events.emit({ type: "unit.failed", unit, message });
  const watched = starts.map(([unit, start]) => watchOn(unit, start, desired));
  const at = new Date(ports.clock.now()).toISOString();
  const notStarted = [...settled.unmet].map(([unit, because]) => ({
    unit,
    action: "not started",
    because,
    at,
  }));
  // These start without a job of this plan: the restart of another unit has restarted them, too.
  const starting = [...settled.unfinished].map(([unit, { message }]) => ({
    unit,
    action: "starting",
    because: message,
    at,
  }));
  const inventory = recordUnfinished(result.inventory, touched, watched);
  return {
    failedUnits,
    inventory: { ...inventory, actions: addActions(inventory.actions, [...notStarted, ...starting]) },
  };
}

function watchOn(unit: string, { startedAtUs, isQueued }: LongStart, desired: Desired): UnfinishedUnit {
  return { unit, startedAtUs, isQueued, health: findHealth(desired, unit) };
}
