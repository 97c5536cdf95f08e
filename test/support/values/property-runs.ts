/**
 * How often a property is tried, and with which values. The same ones each time, so that a push is judged by what it changes;
 * `CAMPAIGN=1` tries other ones, and `PROPERTY_SEED=N` those of a failure that was printed.
 */
const everydaySeed = 20_261_124;

/** @param numRuns how many values are tried */
export function propertyRuns(numRuns: number): { readonly numRuns: number; readonly seed?: number } {
  const chosen = process.env["PROPERTY_SEED"];
  if (chosen !== undefined) return { numRuns, seed: Number(chosen) };
  return process.env["CAMPAIGN"] === "1" ? { numRuns } : { numRuns, seed: everydaySeed };
}
