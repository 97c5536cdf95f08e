/**
 * Starts, restarts and stops of sockets. systemd refuses to start or restart a socket while its service runs
 * (systemd.socket(5), measured on 252 and 257), so the service is stopped first and started again after it. When a
 * socket is stopped for good, its service is stopped with it. Pure.
 */

import type { Desired, DesiredUnit } from "../model/desired.ts";
import type { Inventory } from "../model/inventory.ts";
import { isUp } from "../units/activity.ts";
import { isTrue, lastValue } from "../units/definition.ts";
import { listReferences } from "../units/references.ts";
import { type Surroundings, spare, type UnitStep, type Verdict } from "./interruption.ts";

type Socket = Pick<DesiredUnit, "name" | "definition">;

function isSocket({ name }: Pick<Socket, "name">): boolean {
  return name.endsWith(".socket");
}

/**
 * The one service that takes the listening socket itself; null with Accept=yes, which starts an instance for each
 * connection.
 */
function serviceOf({ name, definition: { settings } }: Socket): string | null {
  if (isTrue(lastValue(settings, "Socket.Accept"))) return null;
  return listReferences(settings, "Socket.Service", name).at(-1) ?? name.replace(/\.socket$/, ".service");
}

/** The services of the desired sockets. They have to be observed too. */
export function listServicesOfSockets({ units }: Desired): readonly string[] {
  return [...units.values()].filter(isSocket).flatMap((socket) => serviceOf(socket) ?? []);
}

/**
 * The verdict on a unit. For the start or restart of a socket it also has what systemd needs for it: the service is
 * stopped first, and so are the other sockets of the service, because a connection to one of them would start the
 * service again at once. After that the other sockets start again. The service starts again if it is expected to run,
 * or if git does not define it.
 */
export function makeWay(unit: DesiredUnit, verdict: Verdict, surroundings: Surroundings): Verdict {
  const { observed, expected, isProtected, desired } = surroundings;
  const verb = verdict.jobs.find((step) => step.unit === unit.name && step.kind !== "reload")?.kind;
  const service = isSocket(unit) ? serviceOf(unit) : null;
  const isRefused = verb === "restart" || (verb === "start" && !isUp(observed.get(unit.name)));
  if (service === null || !isRefused || !isUp(observed.get(service))) return verdict;
  if (isProtected(service)) {
    const because = `systemd refuses to ${verb} it while ${service} runs, which is protected: that is left to you`;
    return spare(unit, undefined, because, verb === "restart");
  }
  const others = listSocketsOf(service, surroundings).filter((name) => name !== unit.name);
  const returning = expected.has(service) || !desired.has(service) ? [...others, service] : others;
  const because = `it was stopped for ${unit.name}`;
  return {
    ...verdict,
    lateStops: [
      ...others.map((name) => stop(name, `a connection here would start ${service} before ${unit.name}`)),
      stop(service, `${unit.name} is ${verb}ed, which systemd refuses while its service runs`),
    ],
    jobs: [...verdict.jobs, ...returning.map((name): UnitStep => ({ kind: "start", unit: name, because }))],
  };
}

/**
 * Finds services of the revision that run with the open socket of a socket unit which the plan stops for good. Such a
 * process would go on listening, although after a boot nothing would.
 * @returns service → that socket unit
 * @param stops what the plan stops before files change
 */
export function findBereft(
  stops: readonly UnitStep[],
  applied: Inventory,
  { desired, observed, isProtected }: Omit<Surroundings, "expected">,
): ReadonlyMap<string, string> {
  const stopped = new Set(stops.map(({ unit }) => unit));
  const bereft = new Map<string, string>();
  for (const name of stopped) {
    const known = applied.units[name];
    if (known === undefined || !isSocket({ name })) continue;
    const definition = typeof known.startedWith === "object" ? known.startedWith : known.definition;
    const service = serviceOf({ name, definition });
    if (service === null || stopped.has(service) || isProtected(service)) continue;
    if (desired.has(service) && isUp(observed.get(service))) bereft.set(service, name);
  }
  return bereft;
}

/** @param bereft as from `findBereft` */
export function stopBereft(bereft: ReadonlyMap<string, string>): readonly UnitStep[] {
  return [...bereft].map(([unit, socket]) => {
    return { kind: "stop", unit, because: `it listens with what ${socket} has opened, which is stopped` };
  });
}

/** The verdict on a unit. If it was stopped because of its socket, it is started again when it is expected to run. */
export function settleBereft(
  { name }: DesiredUnit,
  bereft: ReadonlyMap<string, string>,
  verdict: Verdict,
  expected: ReadonlySet<string>,
): Verdict {
  const socket = bereft.get(name);
  if (socket === undefined) return verdict;
  const { explanation } = verdict;
  const start: UnitStep = { kind: "start", unit: name, because: `it was stopped with ${socket}` };
  return { jobs: expected.has(name) ? [start] : [], ...(explanation === undefined ? {} : { explanation }) };
}

/** Whether a socket of the revision listens for the service, so that it starts when somebody connects. */
export function isStartedOnDemand(
  service: string,
  surroundings: Pick<Surroundings, "desired" | "observed">,
): boolean {
  const { desired, observed } = surroundings;
  return [...desired.values()].some(
    (unit) => isSocket(unit) && serviceOf(unit) === service && isUp(observed.get(unit.name)),
  );
}

/** The service's sockets that listen, and may be stopped. */
function listSocketsOf(service: string, { desired, observed, isProtected }: Surroundings): readonly string[] {
  return [...desired.values()]
    .filter((unit) => isSocket(unit) && serviceOf(unit) === service)
    .flatMap(({ name }) => (isUp(observed.get(name)) && !isProtected(name) ? [name] : []));
}

function stop(unit: string, because: string): UnitStep {
  return { kind: "stop", unit, because, isLate: true };
}
