/**
 * Reads and writes time spans in systemd's notation (systemd.time(7), "Parsing time spans"). No domain knowledge. Must not
 * limit spans: the caller decides what is too short or too long for a setting.
 */

const microsecondsByUnit: ReadonlyMap<string, number> = new Map([
  ...unitsOf(1, "us", "usec", "µs", "μs"),
  ...unitsOf(1e3, "ms", "msec"),
  ...unitsOf(1e6, "", "s", "sec", "second", "seconds"),
  ...unitsOf(60e6, "m", "min", "minute", "minutes"),
  ...unitsOf(3600e6, "h", "hr", "hour", "hours"),
  ...unitsOf(86_400e6, "d", "day", "days"),
  ...unitsOf(604_800e6, "w", "week", "weeks"),
  ...unitsOf(2_629_800e6, "M", "month", "months"),
  ...unitsOf(31_557_600e6, "y", "year", "years"),
]);

/** After a number without a unit comes a space or the end of the text: `5.5.5s` is not a span. */
const spanPattern = /(\d+(?:\.\d+)?|\.\d+)(?:\s*([A-Za-z\u00b5\u03bc]+)\s*|\s+|$)/y;
const maxTextLength = 100;

/**
 * Reads a span such as `5s`, `1min 30s`, `2h30min`, `.5s` or `90` (seconds, as in systemd).
 * @returns whole milliseconds, rounded up, so that no positive span becomes zero; null for anything else: a sign, an unknown
 *   unit, an empty text, and `infinity`
 */
export function parseDurationMs(text: string): number | null {
  const spans = text.trim();
  if (spans === "" || text.length > maxTextLength) return null;
  let microseconds = 0;
  let end = 0;
  while (end < spans.length) {
    spanPattern.lastIndex = end;
    const span = spanPattern.exec(spans);
    const factor = microsecondsByUnit.get(span?.[2] ?? "");
    if (span === null || factor === undefined) return null;
    microseconds += Number(span[1]) * factor;
    end = spanPattern.lastIndex;
  }
  const ms = Math.ceil(Math.round(microseconds) / 1000);
  return Number.isSafeInteger(ms) ? ms : null;
}

const printedUnits = [
  ["d", 86_400_000],
  ["h", 3_600_000],
  ["min", 60_000],
  ["s", 1000],
  ["ms", 1],
] as const;

/**
 * Formats milliseconds, a whole number of at least 0, exactly: `1min 30s`, `500ms`, `0s`. {@link parseDurationMs} reads the
 * text back to the same number.
 */
export function formatDuration(ms: number): string {
  const parts: string[] = [];
  let rest = ms;
  for (const [unit, unitMs] of printedUnits) {
    const count = Math.floor(rest / unitMs);
    if (count > 0) parts.push(`${count}${unit}`);
    rest -= count * unitMs;
  }
  return parts.length === 0 ? "0s" : parts.join(" ");
}

function unitsOf(microseconds: number, ...names: readonly string[]): (readonly [string, number])[] {
  return names.map((name) => [name, microseconds] as const);
}
