/**
 * Watches starts that went on after their apply had ended. One that fails is reported and not rolled back: the revision may
 * have been applied for hours, and other units may rely on it. Must not change the host.
 */
import type { UnfinishedUnit } from "../core/model/actions.ts";
import { AgentError } from "../core/model/errors.ts";
import type { UnitFailure } from "../core/model/failure.ts";
import type { Inventory } from "../core/model/inventory.ts";
import type { ObservedUnit } from "../core/model/observed.ts";
import type { SyncRecord } from "../core/model/sync-record.ts";
import type { StatePort } from "../core/ports/state.ts";
import { addActions } from "../core/record/actions.ts";
import { warnOf } from "./failure.ts";
import type { ProvePorts } from "./prove.ts";
import { describeFailures, type Settled, settleUnits } from "./settle.ts";

export interface FollowPorts extends ProvePorts {
  readonly state: StatePort;
}

/**
 * Finds out how starts have ended that were not at their end before, and notes it in the inventory.
 * @returns the record with the units that have failed since
 * @throws AgentError `state-unreadable`, `host-write-failed`
 */
export async function followUnfinished(
  ports: FollowPorts,
  record: SyncRecord,
  signal: AbortSignal,
): Promise<SyncRecord> {
  const inventory = await ports.state.loadInventory();
  // An apply that has not ended yet settles its units itself.
  if (inventory.unfinished.length === 0 || inventory.applying !== null) return record;
  try {
    return await followEnded(ports, inventory, record, signal);
  } catch (error) {
    // The agent is being stopped. What the round has found out so far is still saved.
    if (signal.aborted) return record;
    if (!(error instanceof AgentError) || error.code !== "systemd-unreachable") throw error;
    warnOf(ports.events, "it is not known how units do whose start had not ended", error);
    return record;
  }
}

async function followEnded(
  ports: FollowPorts,
  inventory: Inventory,
  record: SyncRecord,
  signal: AbortSignal,
): Promise<SyncRecord> {
  const { manager, events, clock, state } = ports;
  const going = await manager.readLongStarts(inventory.unfinished.map(({ unit }) => unit));
  const ended = inventory.unfinished.filter(({ unit }) => !going.has(unit));
  if (ended.length === 0) return record;
  const names = ended.map(({ unit }) => unit);
  const watched = ended.map(({ unit, health }) => ({ name: unit, health }));
  const settled = await settleUnits(ports, watched, signal);
  const units = await manager.readUnits(names);
  const failures = new Map([...settled.failures, ...findNeverStarted(ended, settled, units)]);
  const failedUnits = await describeFailures(ports, failures, inventory.loadedAtUs);
  const at = new Date(clock.now()).toISOString();
  const actions = names.flatMap((unit) => {
    const said = describeEnd(unit, settled, failedUnits, units.get(unit));
    return said === null ? [] : [{ unit, ...said, at }];
  });
  report(ports, actions);
  if (failedUnits.length > 0 && inventory.revision !== null) {
    events.emit({ type: "revision.degraded", revision: inventory.revision, units: [...failures.keys()] });
  }
  const isOpen = (unit: string) => !names.includes(unit) || settled.unfinished.has(unit);
  await state.saveInventory({
    ...inventory,
    unfinished: inventory.unfinished.filter(({ unit }) => isOpen(unit)),
    actions: addActions(inventory.actions, actions),
  });
  const others = record.applied.failedUnits.filter(({ unit }) => !names.includes(unit));
  return { ...record, applied: { ...record.applied, failedUnits: [...others, ...failedUnits] } };
}

/**
 * Units whose queued start is gone and that were not started, for instance because a unit that they waited for has failed.
 */
function findNeverStarted(
  ended: readonly UnfinishedUnit[],
  { failures, unmet, unfinished }: Settled,
  units: ReadonlyMap<string, ObservedUnit>,
): readonly (readonly [string, string])[] {
  return ended.flatMap(({ unit, isQueued, startedAtUs }) => {
    const found = units.get(unit);
    const isSettled = failures.has(unit) || unmet.has(unit) || unfinished.has(unit);
    if (isSettled || !isQueued || found?.activeState !== "inactive") return [];
    if (found.startedAtUs !== startedAtUs) return [];
    return [[unit, `${unit} was not started: the unit that it waited for did not come to a good end`]];
  });
}

interface End {
  readonly action: "finished" | "failed" | "not started";
  readonly because: string;
}

/** How the start of a unit ended; null when it goes on, because the unit was restarted meanwhile. */
function describeEnd(
  unit: string,
  { unmet, unfinished }: Settled,
  failedUnits: readonly UnitFailure[],
  found: ObservedUnit | undefined,
): End | null {
  if (unfinished.has(unit)) return null;
  const failure = failedUnits.find((failed) => failed.unit === unit);
  if (failure !== undefined) return { action: "failed", because: failure.message };
  const condition = unmet.get(unit);
  if (condition !== undefined) return { action: "not started", because: condition };
  const state = found === undefined ? "unknown" : `${found.activeState} (${found.subState})`;
  return {
    action: "finished",
    because: `its start, which went on after the sync, has ended: it is ${state}`,
  };
}

function report({ events }: FollowPorts, actions: readonly ({ readonly unit: string } & End)[]): void {
  for (const { unit, action, because } of actions) {
    if (action === "failed") events.emit({ type: "unit.failed", unit, message: because });
    else if (action === "finished") events.emit({ type: "unit.finished", unit, message: because });
    else events.emit({ type: "unit.skipped", unit, because });
  }
}
