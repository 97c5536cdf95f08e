/** Reads what an earlier version kept of units that were not well, as drift. Pure. */

import { describeRuntimeDrift } from "../drift/live.ts";
import type { DriftRecord, RuntimeKind } from "../model/drift.ts";

/** The words of an earlier version that are names of kinds, too. */
type Word = Extract<RuntimeKind, "failed" | "looping" | "crashed" | "stopped" | "owed">;

export interface EarlierFinding {
  readonly unit: string;
  readonly word: Word;
  readonly message: string;
  /** ISO 8601. */
  readonly since: string;
}

/** The same as records that were reported when they were found. */
export function recallFindings(findings: readonly EarlierFinding[]): readonly DriftRecord[] {
  return findings.map(({ unit, word, message, since }) => ({
    ...describeRuntimeDrift(unit, { kind: word, message }),
    since,
    policy: "report",
    state: "told",
    toldAt: since,
  }));
}
