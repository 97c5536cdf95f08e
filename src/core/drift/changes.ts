/** Compares two lists of drift, for people who watch. Pure. */
import type { DriftRecord } from "../model/drift.ts";

export interface DriftChange {
  readonly change: "appeared" | "changed" | "resolved";
  readonly drift: DriftRecord;
}

/**
 * What is different between two lists, those of the second list in its order first. Records that wait for their grace are not
 * there yet: what is over within it is never told.
 */
export function listDriftChanges(
  before: readonly DriftRecord[],
  now: readonly DriftRecord[],
): readonly DriftChange[] {
  const told = now.filter(({ state }) => state !== "new");
  const known = new Map(before.filter(({ state }) => state !== "new").map((drift) => [drift.key, drift]));
  const changes = told.flatMap((drift): readonly DriftChange[] => {
    const last = known.get(drift.key);
    if (last === undefined) return [{ change: "appeared", drift }];
    const isSame =
      last.message === drift.message && last.state === drift.state && last.policy === drift.policy;
    return isSame ? [] : [{ change: "changed", drift }];
  });
  // A difference that is there again, and waits for its grace once more, is not over.
  const keys = new Set(now.map(({ key }) => key));
  const over = [...known.values()].filter(({ key }) => !keys.has(key));
  return [...changes, ...over.map((drift): DriftChange => ({ change: "resolved", drift }))];
}
