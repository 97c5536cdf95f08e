/** What `drift correct` did, as text. Must not judge it. */
import { driftKinds } from "../../core/drift/kinds.ts";
import type { DriftRecord } from "../../core/model/drift.ts";
import { escapeUnprintable } from "../../lib/printable.ts";
import { adviseDrift } from "./drift.ts";
import { createPainter, type Style } from "./style.ts";
import { headRow, type Row, renderTable } from "./table.ts";

export interface Correction {
  readonly drift: DriftRecord;
  /** `refused`: no correction is known for this kind; `remains`: it differs still. */
  readonly result: "corrected" | "refused" | "remains" | "stalled";
}

const signs: Readonly<Record<Correction["result"], readonly [Style, string]>> = {
  corrected: ["green", "✔ put back"],
  refused: ["red", "✖ refused"],
  remains: ["red", "✖ still differs"],
  stalled: ["red", "✖ came back"],
};

/** One row for each difference. Ends with a line end; empty when a failure says it all. */
export function renderCorrections(
  corrections: readonly Correction[],
  options: { readonly colour: boolean; readonly width: number; readonly failed: boolean },
): string {
  const paint = createPainter(options.colour);
  if (corrections.length === 0) {
    return options.failed ? "" : `${paint("green", "✔")} nothing to put back: there is no drift\n`;
  }
  const rows = corrections.map(({ drift, result }): Row => {
    const [style, text] = signs[result];
    return [
      { text: escapeUnprintable(drift.unit ?? drift.path ?? "-") },
      { text: drift.kind },
      { text, style },
      { text: escapeUnprintable(`${drift.path ?? drift.message}: ${explain(drift, result)}`) },
    ];
  });
  const table = renderTable([headRow(["DRIFT", "KIND", "RESULT", ""]), ...rows], paint, options.width);
  return `${table.join("\n")}\n`;
}

function explain({ kind }: DriftRecord, result: Correction["result"]): string {
  const { corrected } = driftKinds[kind];
  if (result === "corrected" && corrected !== null) return corrected;
  if (result === "corrected") return "it is over";
  if (result === "stalled") return "it was put back too often; find what changes it";
  return result === "refused" ? adviseDrift(kind) : "see journalctl -u gitops-agent";
}
