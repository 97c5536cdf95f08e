/** What a drift record has besides what was seen, for a difference that was reported when it was first seen. */
import type { DriftRecord } from "../../../src/core/model/drift.ts";

/** @param since when it was seen and reported. ISO 8601 */
export function toldSince(since: string): Pick<DriftRecord, "since" | "policy" | "state" | "toldAt"> {
  return { since, policy: "report", state: "told", toldAt: since };
}
