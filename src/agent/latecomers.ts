/** Looks, after the daemon-reload, for units that were started under the old definition while files were written. Interrupts none. */

import { recordSettling } from "../core/inventory-update.ts";
import { addLateSteps, findLatecomers, listBystanders, recordBystanders } from "../core/latecomers.ts";
import type { Plan } from "../core/plan-types.ts";
import type { Desired, Inventory, ObservedUnit } from "../core/state.ts";
import { observeUnits } from "./observe.ts";
import type { ManagerPort, StatePort } from "./ports.ts";

export interface LatecomerInput {
  readonly plan: Plan;
  readonly desired: Desired;
  /** The inventory that the plan was made with. */
  readonly applied: Inventory;
  readonly observed: ReadonlyMap<string, ObservedUnit>;
  /** The plan if these units had been as given here. */
  readonly replan: (units: ReadonlyMap<string, ObservedUnit>) => Plan;
}

export interface LateResult {
  /** With what the latecomers need. */
  readonly plan: Plan;
  /** With who has to settle in addition; persisted. */
  readonly inventory: Inventory;
  /** What is settled once the jobs have ended. */
  readonly settle: (done: Inventory) => Inventory;
}

/**
 * @param reloaded the inventory after the daemon-reload
 * @throws AgentError `systemd-unreachable`
 */
export async function includeLatecomers(
  ports: { readonly manager: ManagerPort; readonly state: StatePort },
  input: LatecomerInput,
  reloaded: Inventory,
): Promise<LateResult> {
  const bystanders = listBystanders(input.applied, reloaded, input.observed);
  const now = bystanders.length === 0 ? new Map() : await observeUnits(ports.manager, bystanders);
  const late = findLatecomers(input.observed, now, reloaded.loadedAtUs);
  const plan = late.size === 0 ? input.plan : addLateSteps(input.plan, input.replan(late));
  const inventory = recordSettling(reloaded, plan);
  if (late.size > 0) await ports.state.saveInventory(inventory);
  return {
    plan,
    inventory,
    settle: (done) => recordBystanders(done, bystanders, { plan, desired: input.desired }, now),
  };
}
