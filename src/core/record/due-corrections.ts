/** Which differences are put back after a look, and which have stalled. Pure. */

import { isCorrectable } from "../drift/corrections.ts";
import { hasStalled, judgeFlaps, limitOf, thingOf } from "../drift/flaps.ts";
import type { DriftRecord } from "../model/drift.ts";
import type { Inventory } from "../model/inventory.ts";
import type { SyncRecord } from "../model/sync-record.ts";
import type { SyncRequest } from "../model/sync-request.ts";
import { isOpen } from "./attempt.ts";

export type Wish = NonNullable<SyncRequest["correct"]>;

/**
 * Whether anything may be put back now: not while an attempt is under way or goes back, and not while a person has to decide.
 */
export function mayCorrect({ attempt, stall }: SyncRecord, inventory: Inventory): boolean {
  if (inventory.revision === null || inventory.applying !== null || stall !== null) return false;
  if (attempt === null) return true;
  const isHeld = attempt.phase === "waiting" && attempt.for === "person";
  return !isOpen(attempt, inventory) && !isHeld && attempt.phase !== "rolling-back";
}

/** Whether a person has asked for this one. */
export function isWished({ unit, path }: Pick<DriftRecord, "unit" | "path">, wish: Wish): boolean {
  return wish === "all" || [unit, path].some((name) => name !== null && wish.includes(name));
}

/** Whether a person has named this one; `all` names nothing. */
export function isNamed(drift: Pick<DriftRecord, "unit" | "path">, wish: Wish): boolean {
  return wish !== "all" && isWished(drift, wish);
}

/** The differences that are put back now: those whose policy says so and that are not in a pause, and those asked for. */
export function listDue(
  { drift, corrections }: Pick<SyncRecord, "drift" | "corrections">,
  wish: Wish,
  nowMs: number,
): readonly DriftRecord[] {
  return drift.filter((record) => {
    if (!isCorrectable(record.kind)) return false;
    if (isWished(record, wish)) return true;
    if (record.policy !== "correct" || record.state === "new") return false;
    return nowMs >= judgeFlaps(corrections[thingOf(record)] ?? [], limitOf(record.kind), nowMs).dueMs;
  });
}

/** The records, each with the state `stalled` if it was put back too often, and without it otherwise. */
export function markStalled(
  { drift, corrections }: Pick<SyncRecord, "drift" | "corrections">,
  nowMs: number,
): readonly DriftRecord[] {
  return drift.map((record) => {
    if (record.policy === "correct" && hasStalled(record, corrections, nowMs) && record.state !== "new") {
      return record.state === "stalled" ? record : { ...record, state: "stalled" };
    }
    return record.state === "stalled" ? { ...record, state: "told" } : record;
  });
}
