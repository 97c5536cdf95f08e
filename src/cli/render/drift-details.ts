/** The details of the drift of units and paths, as text. Must not gather or judge anything. */
import { driftKinds } from "../../core/drift/kinds.ts";
import type { DriftRecord } from "../../core/model/drift.ts";
import type { LoadedDifference } from "../../core/model/drift-details.ts";
import { escapeUnprintable } from "../../lib/printable.ts";
import { type FileDiff, renderFileDiff } from "./diff.ts";
import {
  adviseDrift,
  type DriftRenderOptions,
  joinBlocks,
  renderDoubts,
  type ShownDrift,
  stateOf,
  styleOf,
  summarizeDrift,
} from "./drift.ts";
import { renderHint } from "./error.ts";
import { formatAge } from "./quantities.ts";
import { createPainter, type Painter } from "./style.ts";
import { headRow, type Row, renderTable } from "./table.ts";

export interface DriftDetails {
  readonly differences: readonly FileDiff[];
  readonly loaded: readonly LoadedDifference[];
}

/** @param details null when this user may not read them */
export function renderDriftDetails(
  status: ShownDrift,
  details: DriftDetails | null,
  options: DriftRenderOptions,
): string {
  const paint = createPainter(options.colour);
  const { drift } = status;
  if (drift.length === 0) return joinBlocks([renderDoubts(status, paint), [summarizeDrift(drift, paint)]]);
  const rights = "run this as root to see the differences, and what systemd has loaded";
  return joinBlocks([
    renderDoubts(status, paint),
    ...drift.map((record) => renderRecord(record, details, options, paint)),
    ...(details?.loaded ?? []).map((loaded) => renderLoaded(loaded, options, paint)),
    details === null ? [renderHint(rights, paint)] : [],
  ]);
}

function renderRecord(
  record: DriftRecord,
  details: DriftDetails | null,
  options: DriftRenderOptions,
  paint: Painter,
): readonly string[] {
  const { kind, policy } = record;
  const { means, corrected } = driftKinds[kind];
  const title = `${record.unit ?? record.path ?? "-"}  ${kind}  since ${formatAge(record.since, options.now)}`;
  const state = stateOf(record) === "" ? "" : ` (${stateOf(record)})`;
  const diff = details?.differences.find(({ path }) => path === record.path);
  return [
    paint(styleOf(record), escapeUnprintable(title)),
    `  ${escapeUnprintable(record.message)}`,
    `  ${paint("dim", means)}`,
    `  policy   ${policy}${state}`,
    `  correct  ${corrected ?? "nothing: only people can mend the cause"}`,
    `  to do    ${adviseDrift(kind)}`,
    ...(diff === undefined ? [] : renderFileDiff(diff, paint).trimEnd().split("\n").slice(1)),
  ];
}

function renderLoaded(
  { unit, fragment, dropIns, needsReload, values }: DriftDetails["loaded"][number],
  options: DriftRenderOptions,
  paint: Painter,
): readonly string[] {
  const stale = needsReload ? ", which has changed since" : "";
  const files = dropIns.map(
    ({ path, isFromGit }) =>
      `  ${escapeUnprintable(path)}${isFromGit ? "" : paint("yellow", "  not from git")}`,
  );
  const rows = values.map(
    ({ setting, git, loaded }): Row => [
      { text: escapeUnprintable(setting) },
      { text: escapeUnprintable(git ?? "-") },
      { text: escapeUnprintable(loaded ?? "?") },
    ],
  );
  const table =
    rows.length === 0
      ? []
      : renderTable([headRow(["SETTING", "GIT", "LOADED"]), ...rows], paint, options.width);
  return [
    `systemd has loaded ${escapeUnprintable(`${unit} from ${fragment ?? "no file"}${stale}`)}`,
    ...files,
    ...table.map((line) => `  ${line}`),
  ];
}
