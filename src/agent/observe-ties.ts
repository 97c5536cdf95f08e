/**
 * Asks systemd which units are tied to the ones that a plan interrupts, and to those in turn, also units that are not
 * ours. Must not ask about the others: with a thousand units that would cost more than the rest of a round.
 */

import type { Observed, Ties } from "../core/model/observed.ts";
import type { Plan } from "../core/model/plan.ts";
import type { ManagerPort } from "../core/ports/systemd.ts";
import { mergeTies, noTies } from "../core/units/ties.ts";

/** A chain that is longer, or a crowd that is larger, is found by the look at the host after the jobs. */
const maxAsked = 2000;

/**
 * @returns `observed` with the ties, and with the state of the units that they lead to; itself when nothing is interrupted
 * @throws AgentError `systemd-unreachable`
 */
export async function observeTies(manager: ManagerPort, plan: Plan, observed: Observed): Promise<Observed> {
  const asked = new Set<string>();
  let ties: Ties = noTies;
  let level = listOrigins(plan, observed);
  if (level.length === 0) return observed;
  while (level.length > 0 && asked.size < maxAsked) {
    for (const name of level) asked.add(name);
    const found = await manager.readTies(level);
    ties = mergeTies(ties, found);
    const next = [...found.along.values()].flatMap((tied) => tied.map(({ unit }) => unit));
    level = [...new Set(next)].filter((name) => !asked.has(name));
  }
  const tied = [...ties.along.values(), ...ties.conflicts.values()].flat().map(({ unit }) => unit);
  const unknown = [...new Set(tied)].filter((name) => !observed.units.has(name));
  const units = unknown.length === 0 ? [] : await manager.readUnits(unknown);
  return { ...observed, ties, units: new Map([...observed.units, ...units]) };
}

/** Units with a job of the plan that systemd knows already: what has no definition yet is tied to nothing. */
function listOrigins(plan: Plan, observed: Observed): readonly string[] {
  const names = plan.steps.flatMap((step) =>
    step.kind === "stop" || step.kind === "start" || step.kind === "restart" ? [step.unit] : [],
  );
  return [...new Set(names)].filter((name) => observed.units.get(name)?.loadState === "loaded");
}
