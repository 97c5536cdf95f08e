/**
 * Units as the planner wants to see them. Must not change anything on the host.
 */
import type { ObservedUnit } from "../../core/model/observed.ts";
import { isTemplateName, isUnitName } from "../../core/units/unit-name.ts";
import { askEach } from "../bus/ask-each.ts";
import type { Bus } from "../bus/bus.ts";
import {
  findResting,
  listUnitsByNames,
  readProperty,
  type UnitRow,
  unitInterface,
} from "../bus/manager-calls.ts";
import { asFlag, asId128, asNumber, asTexts } from "../bus/values.ts";

/** Whether systemd can be asked about it without refusing the whole question: a name of a unit and not of a template. */
export function isAskableName(name: string): boolean {
  return (isUnitName(name) || isManagerMadeName(name)) && !isTemplateName(name);
}

// Scopes and devices have no unit files, so core/unit-name does not count them in.
function isManagerMadeName(name: string): boolean {
  return name.length <= 255 && /^[A-Za-z0-9:_.\\-][A-Za-z0-9:_.\\@-]*\.(scope|device)$/.test(name);
}

/** True when systemd has neither a definition nor a process of it. */
export function isUnknown(row: UnitRow): boolean {
  return row.loadState === "not-found" && row.activeState === "inactive";
}

/** As `readUnits` of ManagerPort. */
export async function readObservedUnits(
  bus: Bus,
  names: readonly string[],
): Promise<ReadonlyMap<string, ObservedUnit>> {
  const askable = names.filter(isAskableName);
  const isResting = await findResting(bus, askable);
  const rows = await listUnitsByNames(bus, askable);
  const observed = await askEach(rows, async (row) =>
    isResting(row) ? { ...nothingKnown, ...listedPart(row) } : observeUnit(bus, row),
  );
  const byName = new Map(askable.map((name, index) => [name, observed[index]] as const));
  return new Map(names.map((name) => [name, byName.get(name) ?? describeUnasked(name)]));
}

async function observeUnit(bus: Bus, row: UnitRow): Promise<ObservedUnit> {
  if (isUnknown(row)) return { ...nothingKnown, ...listedPart(row) };
  const read = (property: string) => readProperty(bus, row.path, unitInterface, property);
  const [invocationId, startedAtUs, triggeredBy, needDaemonReload] = await Promise.all([
    // The id outlives the invocation: without a process it would be the last one's.
    row.activeState === "inactive" ? null : read("InvocationID").then((id) => asId128(id, "InvocationID")),
    read("InactiveExitTimestamp"),
    read("TriggeredBy"),
    read("NeedDaemonReload"),
  ]);
  return {
    ...listedPart(row),
    invocationId,
    startedAtUs: asNumber(startedAtUs, "InactiveExitTimestamp"),
    triggeredBy: asTexts(triggeredBy, "TriggeredBy"),
    needDaemonReload: asFlag(needDaemonReload, "NeedDaemonReload"),
  };
}

function listedPart({ name, loadState, activeState, subState, job }: UnitRow) {
  return { name, loadState, activeState, subState, job: job?.type ?? null };
}

const nothingKnown = {
  invocationId: null,
  startedAtUs: 0,
  triggeredBy: [],
  needDaemonReload: false,
} satisfies Partial<ObservedUnit>;

function describeUnasked(name: string): ObservedUnit {
  const loadState = isTemplateName(name) ? "template" : "not-found";
  return { ...nothingKnown, name, loadState, activeState: "inactive", subState: "dead", job: null };
}
