/** Finds out what was interrupted without need, by comparing what ran before with what runs after. Pure. */
import { jobUnit } from "./units.ts";

/** What ran at one moment: the InvocationID by the unit's name. A unit that does not run is absent. */
export type Running = ReadonlyMap<string, string>;

export interface Interruptions {
  readonly units: number;
  readonly jobs: number;
  readonly timers: number;
}

/** @param expected units that had to be interrupted */
export function findNeedless(before: Running, after: Running, expected: ReadonlySet<string>): Interruptions {
  const needless = [...before].flatMap(([unit, invocation]) =>
    after.get(unit) === invocation || expected.has(unit) ? [] : [unit],
  );
  const timers = needless.filter((unit) => unit.endsWith(".timer")).length;
  const jobs = needless.filter((unit) => unit === jobUnit).length;
  return { units: needless.length - timers - jobs, jobs, timers };
}
