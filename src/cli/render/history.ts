/** The history as text, newest first: what was tried, by whom, how it ended, and what it did. Must not judge anything. */
import type { History, HistoryEntry, HistoryOutcome } from "../../core/model/history.ts";
import { escapeUnprintable } from "../../lib/printable.ts";
import { formatAge, formatRevision, formatTime } from "./quantities.ts";
import { createPainter, type Painter, type Style } from "./style.ts";

export interface HistoryRenderOptions {
  readonly colour: boolean;
  /** Milliseconds since the epoch. */
  readonly now: number;
  /** As in Intl; absent: the host's. */
  readonly timeZone?: string;
}

const outcomeLabels: Readonly<Record<HistoryOutcome, readonly [style: Style, label: string]>> = {
  applied: ["green", "● applied"],
  degraded: ["red", "✖ degraded"],
  rejected: ["red", "✖ rejected"],
  stalled: ["red", "✖ stalled"],
  "rolled-back": ["red", "✖ rolled back"],
  "rolling-back": ["red", "✖ rolling back"],
  superseded: ["yellow", "● superseded"],
  corrected: ["green", "● corrected"],
};

/** For outcomes after which the host does not have the tried revision: what the host has instead. */
const outcomePhrases: Readonly<Partial<Record<HistoryOutcome, string>>> = {
  rejected: "the host stayed with",
  stalled: "the host stayed with",
  "rolled-back": "the host went back to",
  "rolling-back": "the host is on its way back to",
  superseded: "a newer one came while its units were watched; applied until then was",
};

/** Ends with a line end. */
export function renderHistory({ entries }: History, options: HistoryRenderOptions): string {
  const paint = createPainter(options.colour);
  if (entries.length === 0) return "nothing was synced yet\n";
  const number = (index: number) => `@${entries.length - index}`;
  const blocks = entries.map((entry, index) => renderEntry(entry, number(index), options, paint).join("\n"));
  return `${blocks.reverse().join("\n\n")}\n`;
}

/** @param name by which other commands find this sync; null: it is not shown */
export function renderEntry(
  entry: HistoryEntry,
  name: string | null,
  options: HistoryRenderOptions,
  paint: Painter,
): string[] {
  const [style, label] = outcomeLabels[entry.outcome];
  const when = `${formatTime(entry.at, options.now, options.timeZone)} (${formatAge(entry.at, options.now)} ago)`;
  const who = entry.signedBy === null ? `author ${entry.revision.author}` : `signed by ${entry.signedBy}`;
  const lines = [
    `${name === null ? "" : `${paint("bold", name)}  `}${paint("dim", when)}  ${paint(style, label)}  ${formatRevision(entry.revision)}  ${escapeUnprintable(who)}`,
  ];
  if (entry.failure !== null) lines.push(`  ${paint("red", escapeUnprintable(entry.failure.message))}`);
  const whatNow = outcomePhrases[entry.outcome];
  if (whatNow !== undefined && entry.applied !== null) {
    lines.push(`  ${whatNow} ${formatRevision(entry.applied)}`);
  }
  const actions = entry.actions.map(({ unit, action, because }) => `  ${action} ${unit}: ${because}`);
  const more = entry.actionCount - entry.actions.length;
  return [...lines, ...actions.map(escapeUnprintable), ...(more > 0 ? [`  … and ${more} more`] : [])];
}
