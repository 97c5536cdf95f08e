/** Joins the inventory, the record of the last rounds and what systemd says now into the one Status. Changes nothing. */

import type { Inventory } from "../core/state.ts";
import type { AgentStatus, PendingUnit, Status, SyncState, UnitRow } from "../core/status.ts";
import type { SyncRecord } from "../core/sync-record.ts";
import { isTemplateName } from "../core/unit-name.ts";
import type { UnitStatus } from "../core/unit-status.ts";
import { listUnmentioned } from "../core/unmentioned.ts";

export interface StatusInput {
  readonly nowMs: number;
  readonly host: string;
  readonly agent: AgentStatus;
  readonly isVerified: boolean;
  readonly source: { readonly url: string; readonly branch: string };
  readonly inventory: Inventory;
  readonly record: SyncRecord;
  readonly units: readonly UnitStatus[];
}

/** Names of the units that status shows: every concrete unit that the inventory holds. */
export function listStatusUnits(inventory: Inventory): readonly string[] {
  return Object.keys(inventory.units)
    .filter((name) => !isTemplateName(name))
    .sort();
}

export function buildStatus(input: StatusInput): Status {
  const { inventory, record } = input;
  return {
    version: 1,
    generatedAt: new Date(input.nowMs).toISOString(),
    host: input.host,
    agent: input.agent,
    source: {
      ...input.source,
      polledAt: record.polledAt,
      failure: record.fetchFailure,
      verified: input.isVerified ? "verified" : "unverified",
    },
    sync: {
      state: decideSyncState(inventory, record),
      applied: inventory.revision,
      appliedAt: inventory.appliedAt,
      attempted: record.attempted,
      applying: inventory.applying,
      attemptedSigner: record.attemptedSigner,
      rejection: record.rejection,
      returnFailure: record.returnFailure,
      signedBy: record.signedBy,
      failedUnits: record.failedUnits,
    },
    units: input.units.map((unit) => buildRow(unit, inventory, record)),
    drift: record.drift,
    warnings: record.warnings,
    unmentioned: listUnmentioned(Object.entries(inventory.files), Object.values(inventory.units)),
    pending: listPending(inventory),
  };
}

function decideSyncState(inventory: Inventory, record: SyncRecord): SyncState {
  if (record.rejection?.code === "history-rewritten") return "stalled";
  if (isOnItsWayBack(inventory, record)) return "rolling-back";
  if (record.rejection !== null) return "rejected";
  if (inventory.applying !== null) return "out-of-sync";
  if (inventory.revision === null) return "never";
  if (record.attempted !== null && record.attempted.commit !== inventory.revision.commit)
    return "out-of-sync";
  return record.failedUnits.length > 0 ? "degraded" : "in-sync";
}

/** It leaves a revision that does not work. Where a third one is being applied, that is the fix, on its way forward. */
function isOnItsWayBack({ applying, revision }: Inventory, { rejection, attempted }: SyncRecord): boolean {
  if (rejection?.code !== "unhealthy" || applying === null) return false;
  return applying.commit === attempted?.commit || applying.commit === revision?.commit;
}

function listPending(inventory: Inventory): readonly PendingUnit[] {
  return Object.entries(inventory.units).flatMap(([unit, { pending }]) =>
    pending === null ? [] : [{ unit, because: pending }],
  );
}

function buildRow(unit: UnitStatus, inventory: Inventory, record: SyncRecord): UnitRow {
  return {
    name: unit.name,
    activeState: unit.activeState,
    subState: unit.subState,
    result: unit.result ?? "",
    mainExit: unit.service?.mainExit ?? null,
    since: toIso(hasNeverRun(unit) ? 0 : unit.stateChangeUs),
    restarts: unit.service?.nRestarts ?? null,
    memoryBytes: unit.memoryCurrentBytes,
    cpuNs: unit.cpuUsageNs,
    nextElapse: toIso(unit.timer?.nextElapseUs ?? 0),
    lastTrigger: toIso(unit.timer?.lastTriggerUs ?? 0),
    lastAction: record.lastActions[unit.name] ?? null,
    drift: record.drift.filter((drift) => drift.unit === unit.name).length,
    note: noteOf(unit, inventory),
  };
}

/** systemd gives such a unit a new state change at every daemon-reload, which is nobody's news. */
function hasNeverRun({ activeState, activeEnterUs, service }: UnitStatus): boolean {
  return activeState === "inactive" && activeEnterUs === 0 && (service?.mainStartUs ?? 0) === 0;
}

function noteOf(unit: UnitStatus, inventory: Inventory): string {
  if (unit.loadState === "masked") return "masked";
  if (unit.loadState === "not-found") return "not found";
  return inventory.units[unit.name]?.owned === false ? "extended by a drop-in" : "";
}

function toIso(timeUs: number): string | null {
  return timeUs === 0 ? null : new Date(timeUs / 1000).toISOString();
}
