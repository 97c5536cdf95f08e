/** Values of properties as people write the settings, much like `systemctl show`. Must not know which unit has them. */

const infinite = 2n ** 64n - 1n;
const longest = 300;

/** The value in one line; what is long is cut. */
export function formatValue(property: string, value: unknown): string {
  const text = format(property, value);
  return text.length > longest ? `${text.slice(0, longest - 1)}…` : text;
}

function format(property: string, value: unknown): string {
  if (typeof value === "boolean") return value ? "yes" : "no";
  if (typeof value === "string") return value;
  if (value === infinite) return "infinity";
  if (typeof value === "number" || typeof value === "bigint") {
    return property.endsWith("USec") ? formatSpan(BigInt(value)) : String(value);
  }
  if (!Array.isArray(value)) return formatOther(value);
  if (value.every((item) => typeof item === "string")) return value.join(" ");
  return value.map((item) => formatItem(property, item)).join("; ");
}

function formatSpan(us: bigint): string {
  if (us % 1_000_000n === 0n) return `${us / 1_000_000n}s`;
  return us % 1_000n === 0n ? `${us / 1_000n}ms` : `${us}us`;
}

/** Of a command its arguments, which come after its path; of other lists of lists the words. */
function formatItem(property: string, item: unknown): string {
  if (!Array.isArray(item)) return formatOther(item);
  const isCommand = property.startsWith("Exec") && Array.isArray(item[1]);
  const words: readonly unknown[] = isCommand ? item[1] : item.flat();
  return words.map((word) => (typeof word === "string" ? word : formatOther(word))).join(" ");
}

function formatOther(value: unknown): string {
  return JSON.stringify(value, (_key, part: unknown) => (typeof part === "bigint" ? String(part) : part));
}
