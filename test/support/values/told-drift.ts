/** Drift for tests: settings, and what a record has besides what was seen when it was reported at once. */
import type { DriftRecord, DriftSettings } from "../../../src/core/model/drift.ts";

export const driftSettings: DriftSettings = { remindMs: null, graceMs: 2_000 };

/** @param since when it was seen and reported. ISO 8601 */
export function toldSince(since: string): Pick<DriftRecord, "since" | "policy" | "state" | "toldAt"> {
  return { since, policy: "report", state: "told", toldAt: since };
}
