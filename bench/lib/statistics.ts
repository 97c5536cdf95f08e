/** Medians and ratios of what was measured. Pure. */

/** The middle value, or the mean of the two in the middle; null without values. */
export function median(values: readonly number[]): number | null {
  const sorted = [...values].sort((left, right) => left - right);
  const upper = sorted[Math.floor(sorted.length / 2)];
  const lower = sorted[Math.floor((sorted.length - 1) / 2)];
  return upper === undefined || lower === undefined ? null : (lower + upper) / 2;
}

/** `value` divided by `base`; null when one of them is missing, or when the base is 0. */
export function ratio(value: number | null, base: number | null): number | null {
  return value === null || base === null || base === 0 ? null : value / base;
}

/** The values that are there. */
export function present<Value>(values: readonly (Value | null)[]): readonly Value[] {
  return values.flatMap((value) => (value === null ? [] : [value]));
}
