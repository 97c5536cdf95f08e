/** The list of drift as text. Must not gather or judge anything. */

import type { DriftChange } from "../../core/drift/changes.ts";
import { driftKinds } from "../../core/drift/kinds.ts";
import type { DriftKind, DriftRecord } from "../../core/model/drift.ts";
import type { Status } from "../../core/model/status.ts";
import { escapeUnprintable } from "../../lib/printable.ts";
import { renderHint } from "./error.ts";
import { countOf, formatAge } from "./quantities.ts";
import { createPainter, type Painter, type Style } from "./style.ts";
import { type Cell, headRow, type Row, renderTable } from "./table.ts";

export interface DriftRenderOptions {
  readonly colour: boolean;
  /** Columns of the terminal; Infinity when there is none. */
  readonly width: number;
  /** Milliseconds since the epoch. */
  readonly now: number;
}

export type ShownDrift = Pick<Status, "agent" | "systemd" | "drift">;

/** Ends with a line end. */
export function renderDriftList(status: ShownDrift, options: DriftRenderOptions): string {
  const paint = createPainter(options.colour);
  const { drift } = status;
  const blocks = [
    renderDoubts(status, paint),
    renderDriftTable(drift, options, paint),
    [summarizeDrift(drift, paint)],
    renderAdvice(drift, paint),
  ];
  return joinBlocks(blocks);
}

/** What keeps the list from being complete. */
export function renderDoubts({ agent, systemd }: ShownDrift, paint: Painter): readonly string[] {
  const lines: string[] = [];
  if (!agent.running) {
    lines.push(paint("yellow", "▲ the agent is not running; this was read from the host itself"));
  }
  if (systemd.failure !== null) {
    lines.push(
      paint("red", `✖ how the units do is not known: ${escapeUnprintable(systemd.failure.message)}`),
    );
  }
  return lines;
}

/** One row for each difference; a column for what becomes of it only where there is more to say than that it is reported. */
export function renderDriftTable(
  drift: readonly DriftRecord[],
  options: DriftRenderOptions,
  paint: Painter,
): string[] {
  if (drift.length === 0) return [];
  const isHandled = drift.some((record) => stateOf(record) !== "");
  const header = headRow(["DRIFT", "KIND", "SINCE", ...(isHandled ? ["STATE"] : []), ""]);
  const rows = drift.map((record): Row => {
    const state: readonly Cell[] = isHandled ? [{ text: stateOf(record), style: "yellow" }] : [];
    return [
      { text: escapeUnprintable(record.unit ?? record.path ?? "-"), style: styleOf(record) },
      { text: record.kind },
      { text: formatAge(record.since, options.now) },
      ...state,
      { text: escapeUnprintable(record.message) },
    ];
  });
  return renderTable([header, ...rows], paint, options.width);
}

export function styleOf({ kind }: DriftRecord): Style {
  const { weight } = driftKinds[kind];
  return weight === "failed" ? "red" : weight === "differs" ? "yellow" : "dim";
}

/** `correcting` and `stalled`; empty for a difference that is only reported. */
export function stateOf({ state }: DriftRecord): string {
  return state === "correcting" || state === "stalled" ? state : "";
}

export function summarizeDrift(drift: readonly DriftRecord[], paint: Painter): string {
  if (drift.length === 0) return `${paint("green", "✔")} no drift: the host is as it was applied`;
  const units = new Set(drift.flatMap(({ unit }) => unit ?? [])).size;
  const files = new Set(drift.flatMap(({ unit, path }) => (unit === null ? (path ?? []) : []))).size;
  const places = [
    ...(units > 0 ? [countOf(units, "unit")] : []),
    ...(files > 0 ? [countOf(files, "file")] : []),
  ];
  const parts = [`${countOf(drift.length, "difference")}: ${places.join(", ")}`];
  for (const [state, words] of stateWords) {
    const count = drift.filter((record) => record.state === state).length;
    if (count > 0) parts.push(`${count} ${words}`);
  }
  return parts.join(" · ");
}

const stateWords = [
  ["correcting", "put back, and watched for a while"],
  ["stalled", "put back too often: they come back, and wait for a person"],
] as const;

/** What to do: one line for all kinds with the same advice. */
function renderAdvice(drift: readonly DriftRecord[], paint: Painter): readonly string[] {
  const kinds = [...new Set(drift.map(({ kind }) => kind))];
  const advice = new Map<string, DriftKind[]>();
  for (const kind of kinds) {
    const text = adviseDrift(kind);
    advice.set(text, [...(advice.get(text) ?? []), kind]);
  }
  return [...advice].map(([text, of]) => renderHint(`${of.join(", ")}: ${text}`, paint));
}

/** What a person can do about differences of this kind. */
export function adviseDrift(kind: DriftKind): string {
  const { corrected, layer } = driftKinds[kind];
  if (corrected === null) return "see journalctl -u UNIT; only people can mend the cause";
  const putBack = "gitops-agent drift correct UNIT puts it back";
  if (layer === "files") return `${putBack}; gitops-agent drift adopt UNIT prints it as a patch for git`;
  return layer === "runtime" ? `see journalctl -u UNIT; ${putBack}` : putBack;
}

/** Blocks with an empty line between them. Ends with a line end. */
export function joinBlocks(blocks: readonly (readonly string[])[]): string {
  const filled = blocks.filter((block) => block.length > 0);
  return `${filled.map((block) => block.join("\n")).join("\n\n")}\n`;
}

const changeSigns: Readonly<Record<DriftChange["change"], readonly [Style, string]>> = {
  appeared: ["yellow", "▲"],
  changed: ["yellow", "~"],
  resolved: ["green", "✔"],
};

/** One line of `drift --watch`. */
export function renderDriftChange(
  { change, drift }: DriftChange,
  at: string,
  options: { readonly colour: boolean },
): string {
  const [style, sign] = changeSigns[change];
  const state = stateOf(drift) === "" || change === "resolved" ? "" : ` (${stateOf(drift)})`;
  const text = `${drift.unit ?? drift.path ?? "-"}  ${drift.kind}${state}  ${drift.message}`;
  const label = createPainter(options.colour)(style, `${sign} ${change.padEnd(8)}`);
  return `${at}  ${label}  ${escapeUnprintable(text)}\n`;
}
