/** Looks for drift at the end of a round, and reports which findings are new and which are gone. Corrects nothing. */

import { detectDrift } from "../core/drift/detect-drift.ts";
import { isEdited, listEditedUnits, recordEditedStarts } from "../core/drift/host-edits.ts";
import { policyOf } from "../core/drift/policy.ts";
import type { DriftRecord } from "../core/model/drift.ts";
import { AgentError } from "../core/model/errors.ts";
import type { Inventory } from "../core/model/inventory.ts";
import type { Observed } from "../core/model/observed.ts";
import type { Clock, EventSink } from "../core/ports/run.ts";
import type { StatePort } from "../core/ports/state.ts";
import { isWished, type Wish } from "../core/record/due-corrections.ts";
import { isTemplateName } from "../core/units/unit-name.ts";
import { type ObservePorts, observeForDrift } from "./observe.ts";

export interface AuditPorts extends ObservePorts {
  readonly state: StatePort;
  readonly events: EventSink;
  readonly clock: Clock;
}

/**
 * Finds drift. Each finding is reported when it appears and when it is gone, not at every audit in between.
 * @param known what the last audit found
 * @param wish what a person has named, so that it counts although its policy is `ignore`
 * @returns all findings of now, each with the time since when it is known
 * @throws AgentError `state-unreadable`, `host-write-failed` for a directory that cannot be listed
 */
export async function auditDrift(
  ports: AuditPorts,
  known: readonly DriftRecord[],
  wish: Wish = [],
): Promise<readonly DriftRecord[]> {
  const inventory = await ports.state.loadInventory();
  const observed = await observeForDrift(ports, inventory);
  await noteEditedStarts(ports, inventory, observed);
  const found = detectDrift(inventory, observed, ports.layout).filter(
    (drift) => policyOf(drift, inventory) !== "ignore" || (wish !== "all" && isWished(drift, wish)),
  );
  const before = new Map(known.map((drift) => [drift.key, drift]));
  const now = new Date(ports.clock.now()).toISOString();
  const records = found.map((drift): DriftRecord => {
    const record = before.get(drift.key) ?? { ...drift, since: now, state: "told", toldAt: now };
    return { ...record, policy: policyOf(drift, inventory) };
  });
  for (const drift of records) {
    if (!before.has(drift.key)) ports.events.emit({ type: "drift.detected", drift });
  }
  const keys = new Set(found.map(({ key }) => key));
  for (const drift of known) {
    if (!keys.has(drift.key)) ports.events.emit({ type: "drift.resolved", drift });
  }
  return records;
}

/**
 * Notes in the inventory which processes were started while their files were edited: once the edit is gone, the host no
 * longer shows it. Asks systemd about edited units only. While systemd does not answer, nothing is noted.
 */
async function noteEditedStarts(ports: AuditPorts, inventory: Inventory, observed: Observed): Promise<void> {
  const edited = listEditedUnits(inventory, observed, ports.layout);
  const names = Object.keys(inventory.units).filter(
    (name) => isEdited(name, edited) && !isTemplateName(name),
  );
  if (names.length === 0) return;
  try {
    const units = await ports.manager.readUnits(names);
    const noted = recordEditedStarts(inventory, { ...observed, units }, ports.layout);
    if (noted !== inventory) await ports.state.saveInventory(noted);
  } catch (error) {
    if (!(error instanceof AgentError) || !error.code.startsWith("systemd-")) throw error;
  }
}
