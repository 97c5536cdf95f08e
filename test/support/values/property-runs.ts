/**
 * How often a property is tried, and with which values: by default the same ones each time, so that a push is judged by what
 * it changes. `CAMPAIGN=1` tries other values and more of them; `PROPERTY_SEED=N` tries those of a failure that was printed.
 */
const everydaySeed = 20_261_124;
/** The share of a campaign that is tried by default. */
const everydayShare = 0.25;

/** @param campaignRuns how many values a campaign tries */
export function propertyRuns(campaignRuns: number): { readonly numRuns: number; readonly seed?: number } {
  const chosen = process.env["PROPERTY_SEED"];
  if (chosen !== undefined) return { numRuns: campaignRuns, seed: Number(chosen) };
  if (process.env["CAMPAIGN"] === "1") return { numRuns: campaignRuns };
  return { numRuns: Math.ceil(campaignRuns * everydayShare), seed: everydaySeed };
}
