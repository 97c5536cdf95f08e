/** Durations, times, sizes and revisions in the short form that a person reads. Must not read a clock. */
import type { Revision } from "../../core/model/revision.ts";
import { escapeUnprintable } from "../../lib/printable.ts";

const secondMs = 1000;
const minuteMs = 60 * secondMs;
const hourMs = 60 * minuteMs;
const dayMs = 24 * hourMs;

/** One unit, rounded down: `350 ms`, `12 s`, `2 min`, `5 h`, `3 d`. A clock that went back gives `0 s`. */
export function formatDuration(durationMs: number): string {
  if (durationMs >= 2 * dayMs) return `${Math.floor(durationMs / dayMs)} d`;
  if (durationMs >= hourMs) return `${Math.floor(durationMs / hourMs)} h`;
  if (durationMs >= minuteMs) return `${Math.floor(durationMs / minuteMs)} min`;
  if (durationMs >= secondMs) return `${Math.floor(durationMs / secondMs)} s`;
  return durationMs > 0 ? `${Math.floor(durationMs)} ms` : "0 s";
}

/** How long ago something was, in whole seconds or more; empty when it is not known. */
export function formatAge(iso: string | null, nowMs: number): string {
  if (iso === null) return "";
  const ageMs = nowMs - Date.parse(iso);
  return formatDuration(Math.floor(Math.max(0, ageMs) / secondMs) * secondMs);
}

export function formatCpuTime(cpuNs: number | null): string {
  return cpuNs === null ? "" : formatDuration(cpuNs / 1_000_000);
}

/** In powers of 1024, as systemctl counts. */
export function formatBytes(bytes: number | null): string {
  if (bytes === null) return "";
  const units = ["B", "kB", "MB", "GB", "TB"];
  let value = bytes;
  let unit = 0;
  while (value >= 1024 && unit < units.length - 1) {
    value /= 1024;
    unit += 1;
  }
  const isRounded = unit === 0 || value >= 10;
  return `${isRounded ? Math.round(value) : value.toFixed(1)} ${units[unit]}`;
}

/** `02:00` for a time within a day of now, with the date otherwise. `timeZone` as in Intl; undefined: the host's. */
export function formatTime(iso: string, nowMs: number, timeZone: string | undefined): string {
  const format = new Intl.DateTimeFormat("en-GB", {
    ...(timeZone === undefined ? {} : { timeZone }),
    year: "numeric",
    month: "2-digit",
    day: "2-digit",
    hour: "2-digit",
    minute: "2-digit",
  });
  const timeMs = Date.parse(iso);
  const parts = new Map(format.formatToParts(timeMs).map((part) => [part.type, part.value]));
  const clock = `${parts.get("hour")}:${parts.get("minute")}`;
  if (Math.abs(timeMs - nowMs) < dayMs) return clock;
  return `${parts.get("year")}-${parts.get("month")}-${parts.get("day")} ${clock}`;
}

const shortCommitDigits = 7;
const maxSubjectCharacters = 60;

/** `main@3f2a91c "subject"`; unprintable characters of the subject are escaped, and a long one is cut. */
export function formatRevision(revision: Revision): string {
  const subject = [...revision.subject];
  const shown =
    subject.length > maxSubjectCharacters
      ? `${subject.slice(0, maxSubjectCharacters - 1).join("")}…`
      : revision.subject;
  const commit = revision.commit.slice(0, shortCommitDigits);
  return escapeUnprintable(`${revision.branch}@${commit} "${shown}"`);
}

/** `1 unit`, `2 units`. */
export function countOf(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? "" : "s"}`;
}
