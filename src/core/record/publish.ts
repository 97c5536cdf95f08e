/** Makes the messages for a queue of the Status. Pure. */
import type { HostMessage, PublishedUnit, UnitMessage } from "../model/published.ts";
import type { Status, UnitRow } from "../model/status.ts";
import { findSinceUs, formatUs, type UnitStatus } from "../model/unit-status.ts";

/**
 * The messages about a host at one moment, the host's first.
 * @param others units that are not managed
 * @param per whether each unit has a message of its own
 */
export function makeMessages(
  status: Status,
  others: readonly UnitStatus[],
  per: "unit" | "host",
): readonly (HostMessage | UnitMessage)[] {
  const facts = { version: 1, host: status.host, at: status.generatedAt } as const;
  const units = [...status.units.map(publishRow), ...others.map(publishOther)];
  const { state, applied, appliedAt } = status.sync;
  const host = { ...facts, kind: "host", state, applied, appliedAt, drift: status.drift.length } as const;
  if (per === "host") return [{ ...host, units }];
  return [host, ...units.map((unit) => ({ ...facts, kind: "unit", ...unit }) as const)];
}

function publishRow(row: UnitRow): PublishedUnit {
  const { name, lastAction: _action, drift: _drift, note: _note, finding, ...rest } = row;
  const { word, message } = finding ?? {};
  return {
    ...rest,
    unit: name,
    managed: true,
    finding: word === undefined || message === undefined ? null : { word, message },
  };
}

function publishOther(unit: UnitStatus): PublishedUnit {
  return {
    unit: unit.name,
    managed: false,
    activeState: unit.activeState,
    subState: unit.subState,
    result: unit.result ?? "",
    mainExit: unit.service?.mainExit ?? null,
    since: formatUs(findSinceUs(unit)),
    restarts: unit.service?.nRestarts ?? null,
    memoryBytes: unit.memoryCurrentBytes,
    cpuNs: unit.cpuUsageNs,
    nextElapse: formatUs(unit.timer?.nextElapseUs ?? 0),
    lastTrigger: formatUs(unit.timer?.lastTriggerUs ?? 0),
    finding: null,
  };
}
