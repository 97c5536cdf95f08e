/**
 * Asks systemd which units are tied to the units that a plan interrupts, and which are tied to those, and so on. Units that
 * git does not have count as well. Must not ask about other units: with a thousand units that would cost more than the rest
 * of a round.
 */

import type { Observed, Ties } from "../core/model/observed.ts";
import type { Plan } from "../core/model/plan.ts";
import type { ManagerPort } from "../core/ports/systemd.ts";
import { mergeTies, noTies } from "../core/units/ties.ts";

/** If more units are tied together, the look at the host after the jobs finds the rest. */
const maxAsked = 2000;

/**
 * Reads the ties of the units that `plan` stops, starts or restarts.
 * @param written the ties that the revision adds by its text: systemd may not have loaded them yet
 * @returns `observed` with the ties and with the states of the tied units; `observed` itself when the plan has no such step
 * @throws AgentError `systemd-unreachable`
 */
export async function observeTies(
  manager: ManagerPort,
  plan: Plan,
  observed: Observed,
  written: Ties,
): Promise<Observed> {
  const asked = new Set<string>();
  let ties: Ties = noTies;
  const origins = listOrigins(plan);
  if (origins.length === 0) return observed;
  let level = origins.filter((name) => observed.units.get(name)?.loadState === "loaded");
  while (level.length > 0 && asked.size < maxAsked) {
    for (const name of level) asked.add(name);
    const found = await manager.readTies(level);
    ties = mergeTies(ties, found);
    const next = [...found.along.values()].flatMap((tied) => tied.map(({ unit }) => unit));
    level = [...new Set(next)].filter((name) => !asked.has(name));
  }
  const added = origins.flatMap((name) => [
    ...(written.along.get(name) ?? []),
    ...(written.conflicts.get(name) ?? []),
  ]);
  const loaded = [...ties.along.values(), ...ties.conflicts.values()].flat();
  const tied = [...loaded, ...added].map(({ unit }) => unit);
  const unknown = [...new Set(tied)].filter((name) => !observed.units.has(name));
  const units = unknown.length === 0 ? [] : await manager.readUnits(unknown);
  return { ...observed, ties, units: new Map([...observed.units, ...units]) };
}

function listOrigins(plan: Plan): readonly string[] {
  const names = plan.steps.flatMap((step) =>
    step.kind === "stop" || step.kind === "start" || step.kind === "restart" ? [step.unit] : [],
  );
  return [...new Set(names)];
}
