/** Says what has to be looked at when the next report is due. Pure. */
import type { DriftRecord, DriftSettings, LookScope } from "../model/drift.ts";
import { nextLookMs } from "./track.ts";

export interface DueLook {
  readonly inMs: number;
  readonly scope: LookScope;
}

/**
 * The look at which a difference may have to be reported: at the end of its grace, or to remind of it. Null when none is
 * due.
 * @param nowMs milliseconds since the epoch
 */
export function findDueLook(
  drift: readonly DriftRecord[],
  nowMs: number,
  settings: DriftSettings,
): DueLook | null {
  const inMs = nextLookMs(drift, nowMs, settings);
  if (inMs === null) return null;
  const units = new Set(drift.flatMap(({ unit }) => unit ?? []));
  const paths = new Set(drift.flatMap(({ path }) => path ?? []));
  return { inMs, scope: { units, paths } };
}
