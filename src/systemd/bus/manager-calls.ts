/**
 * The methods and properties of systemd's D-Bus interface that this room uses, typed (org.freedesktop.systemd1(5)).
 * Must not interpret what they mean for the agent.
 */
import { Variant } from "dbus-next/lib/variant.js";
import type { JobVerb } from "../../core/model/plan.ts";
import type { ActiveState } from "../../core/model/unit-state.ts";
import type { Bus, CallOptions } from "./bus.ts";
import { BusError } from "./bus-error.ts";
import type { MethodCall } from "./connection.ts";
import { callAtMostOnce, callRepeatably } from "./patience.ts";
import { asList, asNumber, asText, asTexts, unexpected, unwrapVariant } from "./values.ts";

const managerPath = "/org/freedesktop/systemd1";
const unitPathPrefix = `${managerPath}/unit/`;
export const managerInterface = "org.freedesktop.systemd1.Manager";
export const jobInterface = interfaceOf("job");
const noSuchUnit = "org.freedesktop.systemd1.NoSuchUnit";

/** `unit`, `job`, or a type of unit → its D-Bus interface. */
export function interfaceOf(kind: string): string {
  return `org.freedesktop.systemd1.${kind.charAt(0).toUpperCase()}${kind.slice(1)}`;
}

/**
 * The name of the unit with this object path; null for another object. systemd writes every byte that is no letter or digit
 * as `_` and two hex digits (sd_bus_path_encode(3)).
 */
export function unitNameOfPath(path: string): string | null {
  if (!path.startsWith(unitPathPrefix)) return null;
  return path
    .slice(unitPathPrefix.length)
    .replace(/_([0-9a-f]{2})/g, (_, digits: string) => String.fromCharCode(Number.parseInt(digits, 16)));
}

/** One unit as systemd lists it. */
export interface UnitRow {
  /** The unit's main name, also when it was asked for by an alias. */
  readonly name: string;
  readonly loadState: string;
  readonly activeState: ActiveState;
  readonly subState: string;
  /** Object path of the unit. */
  readonly path: string;
  /** The queued job, null without one. */
  readonly job: { readonly type: string; readonly path: string } | null;
}

// Keeps one message well below the bus's limits, however many units there are.
const namesPerCall = 500;

/**
 * A row for each name, in their order. A name that systemd does not know has the load state `not-found`.
 * @param names valid names of units, no templates: one template makes systemd refuse the whole call; it skips invalid
 *   names
 * @throws BusError
 */
export async function listUnitsByNames(bus: Bus, names: readonly string[]): Promise<readonly UnitRow[]> {
  const rows: UnitRow[] = [];
  for (let start = 0; start < names.length; start += namesPerCall) {
    const batch = names.slice(start, start + namesPerCall);
    const [answer] = await callRepeatably(bus, managerCall("ListUnitsByNames", "as", [batch]));
    const found = asList(answer, "ListUnitsByNames").map(parseUnitRow);
    if (found.length !== batch.length) throw unexpected("ListUnitsByNames", answer);
    rows.push(...found);
  }
  return rows;
}

/**
 * Units in memory with a main name or alias that matches a pattern (glob(7)); all without patterns.
 * @throws BusError
 */
export async function listUnitsByPatterns(
  bus: Bus,
  patterns: readonly string[],
): Promise<readonly UnitRow[]> {
  const [answer] = await callRepeatably(bus, managerCall("ListUnitsByPatterns", "asas", [[], patterns]));
  return asList(answer, "ListUnitsByPatterns").map(parseUnitRow);
}

/** The value of one property. @throws BusError */
export async function readProperty(
  bus: Bus,
  path: string,
  interfaceName: string,
  property: string,
): Promise<unknown> {
  const [answer] = await callRepeatably(bus, {
    path,
    interface: "org.freedesktop.DBus.Properties",
    member: "Get",
    signature: "ss",
    body: [interfaceName, property],
    subject: `${property} of ${path}`,
  });
  return unwrapVariant(answer, property);
}

/** daemon-reload; systemd answers when it has finished. @throws BusError */
export async function reloadManager(bus: Bus, timeoutMs: number): Promise<void> {
  await callRepeatably(bus, managerCall("Reload"), { timeoutMs });
}

/**
 * Sets an empty list of markers, at run time only, so that systemd realizes the control groups again.
 * @throws BusError
 */
export async function refreshControlGroups(bus: Bus, units: readonly string[]): Promise<void> {
  await Promise.all(
    units.map((unit) => {
      const body = [unit, true, [["Markers", new Variant("as", [])]]];
      return callRepeatably(bus, { ...managerCall("SetUnitProperties", "sba(sv)", body), subject: unit });
    }),
  );
}

/**
 * Forgets failures and start-rate counters of units (systemctl(1), reset-failed). A unit that is not loaded has none.
 * @throws BusError
 */
export async function resetFailed(bus: Bus, units: readonly string[]): Promise<void> {
  await Promise.all(
    units.map(async (unit) => {
      try {
        await callRepeatably(bus, { ...managerCall("ResetFailedUnit", "s", [unit]), subject: unit });
      } catch (error) {
        if (!(error instanceof BusError) || error.dbusName !== noSuchUnit) throw error;
      }
    }),
  );
}

/** Has systemd keep a unit in memory for this connection, until `letGo`. @throws BusError */
export async function keepLoaded(bus: Bus, unit: string): Promise<void> {
  await callRepeatably(bus, { ...managerCall("RefUnit", "s", [unit]), subject: unit });
}

/** @throws BusError */
export async function letGo(bus: Bus, unit: string): Promise<void> {
  await callRepeatably(bus, { ...managerCall("UnrefUnit", "s", [unit]), subject: unit });
}

/** Names of the units whose jobs must end before the given job may run. @throws BusError */
export async function listJobsBefore(bus: Bus, jobPath: string): Promise<readonly string[]> {
  const call = { ...managerCall("GetBefore"), path: jobPath, interface: jobInterface };
  const [answer] = await callRepeatably(bus, call);
  return asList(answer, "GetBefore").map((job) => asText(asList(job, "a job")[1], "a job"));
}

/** Asks systemd to send signals. Needed once per connection; asking more often does no harm. @throws BusError */
export async function subscribe(bus: Bus): Promise<void> {
  try {
    await callRepeatably(bus, managerCall("Subscribe"));
  } catch (error) {
    if (error instanceof BusError && error.dbusName === "org.freedesktop.systemd1.AlreadySubscribed") return;
    throw error;
  }
}

const methodOfVerb: Readonly<Record<JobVerb, string>> = {
  start: "StartUnit",
  stop: "StopUnit",
  restart: "RestartUnit",
  reload: "ReloadUnit",
};

/** Queues a job as systemctl does by default (mode `replace`). Resolves with the job's object path. @throws BusError */
export async function queueJob(bus: Bus, verb: JobVerb, unit: string, options: CallOptions): Promise<string> {
  const call = { ...managerCall(methodOfVerb[verb], "ss", [unit, "replace"]), subject: unit };
  const [path] = await callAtMostOnce(bus, call, options);
  return asText(path, call.member);
}

/**
 * Makes a unit that systemd forgets when it has ended, and starts it.
 * @param properties name, D-Bus type and value of each
 * @returns object path of the start job
 * @throws BusError; its D-Bus name ends with `UnitExists` when systemd has a unit of this name in memory
 */
export async function startTransientUnit(
  bus: Bus,
  unit: string,
  properties: readonly (readonly [name: string, type: string, value: unknown])[],
): Promise<string> {
  const values = properties.map(([name, type, value]) => [name, new Variant(type, value)]);
  const body = [unit, "fail", values, []];
  const call = { ...managerCall("StartTransientUnit", "ssa(sv)a(sa(sv))", body), subject: unit };
  const [path] = await callAtMostOnce(bus, call, {});
  return asText(path, call.member);
}

function managerCall(member: string, signature = "", body: readonly unknown[] = []): MethodCall {
  return { path: managerPath, interface: managerInterface, member, signature, body };
}

const activeStates: ReadonlySet<string> = new Set<ActiveState>([
  "active",
  "reloading",
  "refreshing",
  "inactive",
  "failed",
  "activating",
  "deactivating",
  "maintenance",
]);

function isActiveState(state: string): state is ActiveState {
  return activeStates.has(state);
}

function parseUnitRow(value: unknown): UnitRow {
  const row = asList(value, "a unit");
  const [name = "", , loadState = "", activeState = "", subState = "", , path = ""] = asTexts(
    row.slice(0, 7),
    "a unit",
  );
  if (!isActiveState(activeState)) throw unexpected(`the state of ${name}`, activeState);
  const job =
    asNumber(row[7], "a job") === 0 ? null : { type: asText(row[8], "a job"), path: asText(row[9], "a job") };
  return { name, loadState, activeState, subState, path, job };
}
