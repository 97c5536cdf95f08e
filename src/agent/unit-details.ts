/** Joins what the state and systemd say of one unit into its details. Changes nothing, asks nothing. */
import type { History } from "../core/model/history.ts";
import type { AppliedUnit, Inventory } from "../core/model/inventory.ts";
import type { Snapshot } from "../core/model/snapshot.ts";
import type { Status } from "../core/model/status.ts";
import type { SettingOrigin, UnitDetails, UnitEvent, UnitFileOrigin } from "../core/model/unit-details.ts";
import { mergeSettings } from "../core/units/definition.ts";
import { diffDefinitions } from "../core/units/diff.ts";
import { nameOfDropIn } from "../core/units/drop-in-order.ts";
import { parseInstance } from "../core/units/unit-name.ts";

export interface UnitDetailsInput extends Pick<UnitDetails, "relations" | "takenAlong" | "log"> {
  readonly name: string;
  readonly status: Status;
  readonly inventory: Inventory;
  readonly history: History;
  /** The files of the applied revision that make the unit; null when they cannot be read. */
  readonly sources: Snapshot["files"] | null;
}

const maxEvents = 20;

/** The details of a unit of the inventory; null for another one. */
export function buildUnitDetails(input: UnitDetailsInput): UnitDetails | null {
  const { name, status, inventory, history, sources } = input;
  const applied = inventory.units[name];
  const unit = status.units.find((row) => row.name === name);
  if (applied === undefined || unit === undefined) return null;
  const files = listUnitFiles(inventory, name);
  return {
    version: 1,
    generatedAt: status.generatedAt,
    unit,
    revision: inventory.revision,
    expected: applied.expected,
    files,
    settings: sources === null ? null : locateSettings(files, sources),
    startedWith: describeStartedWith(applied),
    pending: applied.pending,
    credentials: listCredentials(inventory, name),
    mentions: Object.keys(applied.definition.files).sort(),
    relations: input.relations,
    takenAlong: input.takenAlong,
    drift: status.drift.filter((drift) => drift.unit === name),
    history: listEvents(history, name),
    log: input.log,
  };
}

/** The files that make a unit, also those of its template: the one that defines it, then its drop-ins as systemd orders them. */
export function listUnitFiles({ files }: Inventory, name: string): readonly UnitFileOrigin[] {
  const names = [name, parseInstance(name)?.template];
  const own = Object.entries(files).filter(([, { unit }]) => unit !== null && names.includes(unit));
  const rank = (role: string) => ranks[role] ?? 0;
  return own
    .map(([path, { role, origin }]) => ({ path, role, origin }))
    .sort((a, b) => rank(a.role) - rank(b.role) || compare(nameOfDropIn(a.path), nameOfDropIn(b.path)));
}

const ranks: Readonly<Record<string, number>> = { "drop-in": 1, credentials: 1, enablement: 2, alias: 2 };

function compare(left: string, right: string): number {
  if (left === right) return 0;
  return left < right ? -1 : 1;
}

function locateSettings(
  files: readonly UnitFileOrigin[],
  sources: Snapshot["files"],
): readonly SettingOrigin[] {
  const texts = files.flatMap(({ role, origin }) => {
    const source = sources.get(origin);
    return source === undefined || !["fragment", "drop-in", "quadlet"].includes(role) ? [] : [source];
  });
  const { settings, locations } = mergeSettings(texts);
  return Object.entries(settings).flatMap(([name, values]) =>
    values.flatMap((value, index) => {
      const where = locations[name]?.[index];
      return where === undefined ? [] : [{ name, value, where }];
    }),
  );
}

function describeStartedWith({ startedWith, definition }: AppliedUnit): readonly string[] | null {
  if (startedWith === "same") return [];
  if (typeof startedWith === "string") return null;
  return diffDefinitions(startedWith, definition).differences.map(({ text }) => text);
}

function listCredentials({ credentials }: Inventory, name: string): UnitDetails["credentials"] {
  const names = [name, parseInstance(name)?.template];
  return credentials
    .filter(({ unit }) => names.includes(unit))
    .map(({ name, origin, delivery, committedAt = null }) => ({
      name,
      origin,
      delivery,
      changedAt: committedAt,
    }));
}

function listEvents({ entries }: History, name: string): readonly UnitEvent[] {
  const events = entries.flatMap(({ at, revision, outcome, actions }) =>
    actions
      .filter(({ unit }) => unit === name)
      .map(({ action, because }) => ({ at, revision, outcome, action, because })),
  );
  return events.reverse().slice(0, maxEvents);
}
