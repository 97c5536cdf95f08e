/**
 * Reads the values that settings of a unit have in systemd's memory, for people. Must not compare them with anything.
 */
import { typeOfUnit } from "../../core/units/unit-name.ts";
import type { Bus } from "../bus/bus.ts";
import { BusError } from "../bus/bus-error.ts";
import { interfaceOf, readProperty, type UnitRow } from "../bus/manager-calls.ts";
import { isUnknown, readEach } from "./listed-units.ts";
import { formatValue } from "./setting-value.ts";

/**
 * The value of each setting as people write it; null for one that systemd does not tell. Empty when systemd does not know the
 * unit.
 * @param settings `Section.Key`
 * @throws AgentError `systemd-unreachable`, `systemd-refused`
 */
export async function readSettings(
  bus: Bus,
  name: string,
  settings: readonly string[],
): Promise<ReadonlyMap<string, string | null>> {
  const read = await readEach(bus, [name], async (row) => {
    if (isUnknown(row)) return null;
    const values = settings.map(async (setting) => [setting, await readSetting(bus, row, setting)] as const);
    return new Map(await Promise.all(values));
  });
  return read.get(name) ?? new Map();
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
