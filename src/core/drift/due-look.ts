/** Finds out when drift that is waited out has to be looked at again. Pure. */
import type { DriftRecord, LookScope } from "../model/drift.ts";
import { driftKinds } from "./kinds.ts";

export interface DueLook {
  /** Milliseconds from now; negative when it should have been. */
  readonly inMs: number;
  readonly scope: LookScope;
}

/**
 * The look at the end of the grace that ends first, at all differences whose grace goes on. Null when there is none.
 * @param nowMs milliseconds since the epoch
 */
export function findDueLook(drift: readonly DriftRecord[], nowMs: number): DueLook | null {
  const waiting = drift.filter(({ state }) => state === "new");
  if (waiting.length === 0) return null;
  const ends = waiting.map(({ since, kind }) => Date.parse(since) + driftKinds[kind].graceMs);
  const units = new Set(waiting.flatMap(({ unit }) => unit ?? []));
  const paths = new Set(waiting.flatMap(({ unit, path }) => (unit === null && path !== null ? path : [])));
  return { inMs: Math.min(...ends) - nowMs, scope: { units, paths } };
}
