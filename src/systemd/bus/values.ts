/**
 * Reads the loosely typed values that D-Bus answers consist of. Must not know which value belongs to what.
 */
import { AgentError } from "../../core/model/errors.ts";

// How systemd says "not set" or "infinity" in unsigned 64-bit properties.
const unset64 = 2n ** 64n - 1n;

/** The value inside a D-Bus variant. @throws AgentError `systemd-refused` when `value` is not a variant */
export function unwrapVariant(value: unknown, what: string): unknown {
  if (typeof value === "object" && value !== null && "value" in value) return value.value;
  throw unexpected(what, value);
}

export function asText(value: unknown, what: string): string {
  if (typeof value === "string") return value;
  throw unexpected(what, value);
}

export function asFlag(value: unknown, what: string): boolean {
  if (typeof value === "boolean") return value;
  throw unexpected(what, value);
}

/** The value as a number; above 2^53 it is rounded. */
export function asNumber(value: unknown, what: string): number {
  if (typeof value === "number" || typeof value === "bigint") return Number(value);
  throw unexpected(what, value);
}

/** As `asNumber`; null when the property is not set, or infinite. */
export function asNumberIfSet(value: unknown, what: string): number | null {
  return value === unset64 ? null : asNumber(value, what);
}

export function asList(value: unknown, what: string): readonly unknown[] {
  if (Array.isArray(value)) return value;
  throw unexpected(what, value);
}

export function asTexts(value: unknown, what: string): readonly string[] {
  return asList(value, what).map((item) => asText(item, what));
}

/** A 128-bit id as 32 hex digits; null for an empty or all-zero one, by which systemd says that there is no id. */
export function asId128(value: unknown, what: string): string | null {
  if (!(value instanceof Uint8Array)) throw unexpected(what, value);
  const hex = Buffer.from(value).toString("hex");
  return /^0*$/.test(hex) ? null : hex;
}

/** The error for an answer of a shape that org.freedesktop.systemd1(5) does not describe. */
export function unexpected(what: string, value: unknown): AgentError {
  const shape = value === null ? "null" : Array.isArray(value) ? "a list" : typeof value;
  return new AgentError("systemd-refused", `systemd answered ${what} with something unexpected: ${shape}`, {
    subject: what,
    hint: "this agent knows systemd 252 to 257; `systemctl --version` shows which one runs here",
  });
}
