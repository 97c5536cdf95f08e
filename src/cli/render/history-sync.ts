/** One sync of the past as text: what it was, how long it took, all that it did, and the difference in git. Judges nothing. */
import type { Cause, PhaseName } from "../../core/model/attempt.ts";
import type { HistoryEntry } from "../../core/model/history.ts";
import type { Revision } from "../../core/model/revision.ts";
import { formatDuration } from "../../lib/duration.ts";
import { escapeUnprintable, escapeUnprintableInLine } from "../../lib/printable.ts";
import { type HistoryRenderOptions, renderEntry } from "./history.ts";
import { formatRevision, formatTime } from "./quantities.ts";
import { createPainter } from "./style.ts";

export interface ShownSync {
  readonly sync: HistoryEntry;
  /** What the host had before; null when that is not known. */
  readonly before: Revision | null;
  readonly diff: { readonly text: string | null; readonly reason: string | null } | null;
}

const causeWords: Readonly<Record<Cause, string>> = {
  asked: "somebody asked for it",
  start: "the agent was started",
  push: "a push was noticed",
  time: "the repository was polled",
};

const phaseWords: Readonly<Partial<Record<PhaseName, string>>> = {
  fetched: "prepare",
  applying: "apply",
  settling: "settle",
  waiting: "wait",
  "rolling-back": "roll back",
};

/** Ends with a line end. */
export function renderSync({ sync, before, diff }: ShownSync, options: HistoryRenderOptions): string {
  const paint = createPainter(options.colour);
  const facts = [
    ["before", before === null ? "not known" : formatRevision(before)],
    ["because", sync.cause === undefined ? "not recorded" : causeWords[sync.cause]],
    [
      "began",
      sync.beganAt === undefined ? "not recorded" : formatTime(sync.beganAt, options.now, options.timeZone),
    ],
    ["took", describePhases(sync)],
  ].map(([name = "", text = ""]) => `  ${paint("dim", name.padEnd(8))} ${text}`);
  const blocks = [[...renderEntry(sync, null, options, paint), "", ...facts].join("\n"), describeDiff(diff)];
  return `${blocks.filter((block) => block !== "").join("\n\n")}\n`;
}

function describePhases({ took = [] }: HistoryEntry): string {
  const parts = took.map(({ phase, ms }) => `${phaseWords[phase] ?? phase} ${formatDuration(ms)}`);
  return parts.length === 0 ? "not recorded" : parts.join(", ");
}

function describeDiff(diff: ShownSync["diff"]): string {
  if (diff === null) return "";
  if (diff.text === null) return `  no diff: ${escapeUnprintable(diff.reason ?? "")}`;
  if (diff.text === "") return "  the files in git are the same as before";
  return diff.text.split("\n").map(escapeUnprintableInLine).join("\n").trimEnd();
}
