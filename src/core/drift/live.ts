/** Joins the differences that the last look kept with what systemd says of the units now. Pure. */

import type { Drift, DriftRecord } from "../model/drift.ts";
import { driftKinds } from "./kinds.ts";
import type { Judgement } from "./runtime.ts";

/** The difference that a judgement of a unit is. */
export function describeRuntimeDrift(
  unit: string,
  { kind, message }: Pick<Judgement, "kind" | "message">,
): Drift {
  return { key: `${kind} ${unit}`, kind, unit, path: null, message: `${unit} ${message}` };
}

/**
 * The records with those of the runtime layer replaced by what is so now. One that is known stays as old as it is; any
 * other is new.
 * @param now ISO 8601
 */
export function replaceRuntime(
  records: readonly DriftRecord[],
  live: readonly Drift[],
  now: string,
): readonly DriftRecord[] {
  const known = new Map(records.map((record) => [record.key, record]));
  const others = records.filter(({ kind }) => driftKinds[kind].layer !== "runtime");
  const present = live.map(
    (drift): DriftRecord => ({
      since: now,
      policy: "report",
      state: "new",
      toldAt: null,
      ...known.get(drift.key),
      ...drift,
    }),
  );
  return [...others, ...present].sort((left, right) => (left.key < right.key ? -1 : 1));
}
