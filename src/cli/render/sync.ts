/** The answer to `sync` as text. */
import type { Revision } from "../../core/state.ts";
import type { UnitFailure } from "../../core/sync-record.ts";
import { escapeUnprintable } from "../../lib/printable.ts";
import { formatRevision } from "./quantities.ts";
import { createPainter } from "./style.ts";

export function renderSyncOutcome(
  outcome: { readonly revision: Revision; readonly failedUnits: readonly UnitFailure[] },
  options: { readonly colour: boolean },
): string {
  const paint = createPainter(options.colour);
  const failures = outcome.failedUnits.map(
    ({ unit, message }) => `${paint("red", "✖")} ${unit}: ${escapeUnprintable(message)}`,
  );
  const verdict = failures.length === 0 ? paint("green", "✔ applied") : paint("red", "✖ degraded");
  return `${[`${verdict} ${formatRevision(outcome.revision)}`, ...failures].join("\n")}\n`;
}
