/**
 * Reads what systemd has in memory of a unit's definition, for people: its files, and the values of some settings. Must not
 * compare it with anything.
 */
import type { LoadedUnit } from "../../core/model/loaded-unit.ts";
import { typeOfUnit } from "../../core/units/unit-name.ts";
import type { Bus } from "../bus/bus.ts";
import { BusError } from "../bus/bus-error.ts";
import { interfaceOf, readProperty, type UnitRow } from "../bus/manager-calls.ts";
import { isUnknown, readEach } from "./listed-units.ts";
import { readProperties } from "./properties.ts";
import { formatValue } from "./setting-value.ts";

/**
 * Null when systemd does not know the unit, or cannot be asked about it.
 * @param settings `Section.Key` of the settings whose values are wanted
 * @throws AgentError `systemd-unreachable`, `systemd-refused`
 */
export async function readLoadedUnit(
  bus: Bus,
  name: string,
  settings: readonly string[],
): Promise<LoadedUnit | null> {
  const read = await readEach(bus, [name], async (row) =>
    isUnknown(row) ? null : readRow(bus, row, settings),
  );
  return read.get(name) ?? null;
}

async function readRow(bus: Bus, row: UnitRow, settings: readonly string[]): Promise<LoadedUnit> {
  const [{ FragmentPath, DropInPaths, NeedDaemonReload }, values] = await Promise.all([
    readProperties(bus, row, ["FragmentPath", "DropInPaths", "NeedDaemonReload"]),
    Promise.all(settings.map(async (setting) => [setting, await readSetting(bus, row, setting)] as const)),
  ]);
  return {
    unit: row.name,
    fragment: FragmentPath === "" ? null : FragmentPath,
    dropIns: DropInPaths,
    needsReload: NeedDaemonReload,
    values: new Map(values),
  };
}

/** Properties with another name than the key; every other time span is `…Sec=` and `…USec`. */
const otherNames: Readonly<Record<string, string>> = {
  CPUQuota: "CPUQuotaPerSecUSec",
  CPUQuotaPeriodSec: "CPUQuotaPeriodUSec",
  StartLimitInterval: "StartLimitIntervalUSec",
};

async function readSetting(bus: Bus, row: UnitRow, setting: string): Promise<string | null> {
  const dot = setting.indexOf(".");
  const section = setting.slice(0, dot);
  const key = setting.slice(dot + 1);
  if (section === "Install") return null;
  const kind = section === "Unit" ? "unit" : typeOfUnit(row.name);
  for (const name of new Set([otherNames[key] ?? key, key.replace(/Sec$/, "USec")])) {
    try {
      return formatValue(name, await readProperty(bus, row.path, interfaceOf(kind), name));
    } catch (error) {
      if (!(error instanceof BusError) || error.failure !== "refused") throw error;
    }
  }
  return null;
}
