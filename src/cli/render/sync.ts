/** The answer to `sync` as text. */

import type { SyncFailure, UnitFailure } from "../../core/model/failure.ts";
import type { Revision } from "../../core/model/revision.ts";
import { escapeUnprintable } from "../../lib/printable.ts";
import { degradedHint, listFailureLines, renderHint } from "./error.ts";
import { formatRevision } from "./quantities.ts";
import { createPainter } from "./style.ts";

interface SyncDone {
  readonly outcome: "applied" | "unchanged";
  readonly revision: Revision;
  readonly failedUnits: readonly UnitFailure[];
}

interface SyncWaits {
  readonly outcome: "waiting";
  readonly revision: Revision;
  readonly message: string;
  readonly hint: string;
}

export function renderSyncOutcome(
  outcome: SyncDone | SyncWaits,
  options: { readonly colour: boolean },
): string {
  const paint = createPainter(options.colour);
  if (outcome.outcome === "waiting") {
    const what = paint(
      "yellow",
      `● ${formatRevision(outcome.revision)} ${escapeUnprintable(outcome.message)}`,
    );
    return `${what}\n${renderHint(outcome.hint, paint)}\n`;
  }
  const failures = outcome.failedUnits.flatMap(({ message, log }) => [
    `${paint("red", "✖")} ${escapeUnprintable(message)}`,
    ...log.map((line) => `    ${escapeUnprintable(line)}`),
  ]);
  const well = outcome.outcome === "applied" ? "✔ applied" : "✔ nothing to do: in sync with";
  const verdict = failures.length === 0 ? paint("green", well) : paint("red", "✖ degraded");
  const hints = failures.length === 0 ? [] : [renderHint(degradedHint, paint)];
  return `${[`${verdict} ${formatRevision(outcome.revision)}`, ...failures, ...hints].join("\n")}\n`;
}

/** A lasting failure as text: what, the details line by line, what to do. */
export function renderFailure(failure: SyncFailure, options: { readonly colour: boolean }): string {
  const paint = createPainter(options.colour);
  const [message = "", ...details] = listFailureLines(failure);
  const lines = [
    `${paint("red", "error:")} ${escapeUnprintable(message)}`,
    ...details.map((line) => escapeUnprintable(line)),
    ...(failure.hint === null ? [] : [renderHint(failure.hint, paint)]),
  ];
  return `${lines.join("\n")}\n`;
}
