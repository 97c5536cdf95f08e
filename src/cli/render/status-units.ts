/** The table of units in the status. Must not know the rest of the screen. */
import { driftKinds } from "../../core/drift/kinds.ts";
import { explainsPresent, type Status, type UnitRow } from "../../core/model/status.ts";
import { escapeUnprintable } from "../../lib/printable.ts";
import { formatAge, formatBytes, formatCpuTime, formatDuration, formatTime } from "./quantities.ts";
import type { Painter } from "./style.ts";
import { type Cell, headRow, type Row, renderTable } from "./table.ts";

export interface StatusRenderOptions {
  readonly colour: boolean;
  /** Columns of the terminal; Infinity when there is none. */
  readonly width: number;
  /** Milliseconds since the epoch. */
  readonly now: number;
  /** As in Intl; absent: the host's. */
  readonly timeZone?: string;
}

const header = headRow(["UNIT", "STATE", "SINCE", "RESTARTS", "MEMORY", "CPU", ""]);

/** One row a unit, in the order of the status; empty without units. */
export function renderUnits(status: Status, options: StatusRenderOptions, paint: Painter): string[] {
  if (status.units.length === 0) return [];
  const rows = status.units.map((unit) => unitRow(unit, status, options));
  return renderTable([header, ...rows], paint, options.width);
}

function unitRow(unit: UnitRow, status: Status, options: StatusRenderOptions): Row {
  const isWaitingTimer = unit.activeState === "active" && unit.nextElapse !== null;
  return [
    { text: escapeUnprintable(unit.name) },
    stateCell(unit, options),
    { text: isWaitingTimer ? "" : formatAge(unit.since, options.now) },
    { text: unit.restarts === null ? "" : String(unit.restarts) },
    { text: formatBytes(unit.memoryBytes) },
    { text: formatCpuTime(unit.cpuNs) },
    { text: escapeUnprintable(noteOf(unit, status, options)) },
  ];
}

function stateCell(unit: UnitRow, options: StatusRenderOptions): Cell {
  if (unit.finding?.word === "looping") return { text: "✖ looping", style: "red" };
  if (unit.finding?.word === "stopped") return { text: "✖ stopped", style: "red" };
  switch (unit.activeState) {
    case "active":
      return { text: `● ${activeText(unit, options)}`, style: "green" };
    case "failed":
      return { text: `✖ failed${failureText(unit)}`, style: "red" };
    case "inactive":
      return { text: "○ inactive", style: "dim" };
    case "unknown":
      return { text: "? unknown", style: "yellow" };
    default:
      return { text: escapeUnprintable(`● ${unit.subState}`), style: "yellow" };
  }
}

function activeText(unit: UnitRow, options: StatusRenderOptions): string {
  if (unit.nextElapse === null) return escapeUnprintable(unit.subState);
  const leftMs = Math.max(0, Date.parse(unit.nextElapse) - options.now);
  const time = formatTime(unit.nextElapse, options.now, options.timeZone);
  return `next ${time} (${formatDuration(leftMs)})`;
}

function failureText({ mainExit, result }: UnitRow): string {
  if (result === "exit-code" && mainExit?.how === "exited") return ` (exit ${mainExit.status})`;
  if (mainExit !== null && (result === "signal" || result === "core-dump"))
    return ` (signal ${mainExit.status})`;
  return result === "" || result === "success" ? "" : escapeUnprintable(` (${result})`);
}

/** What is wrong comes first, then what was done last. An ordinary first start is not mentioned. */
function noteOf(unit: UnitRow, status: Status, options: StatusRenderOptions): string {
  const notes = [
    driftNote(unit, status),
    isPending(unit, status) ? "restart pending" : "",
    findingNote(unit),
    unit.note,
  ];
  if (unit.lastTrigger !== null) notes.push(`last: ${formatAge(unit.lastTrigger, options.now)} ago`);
  if (unit.lastAction !== null && unit.lastAction.action !== "started" && explainsPresent(unit)) {
    notes.push(`${unit.lastAction.action}: ${unit.lastAction.because}`);
  }
  return notes.filter((note) => note !== "").join(" · ");
}

/** The state of a unit that failed says so already. */
function findingNote({ activeState, finding }: UnitRow): string {
  return finding === null || activeState === "failed" ? "" : finding.message;
}

/** What drifted and where, in short: the table below shows the rest. */
function driftNote(unit: UnitRow, status: Status): string {
  const own = status.drift.filter(
    ({ unit: name, kind }) => name === unit.name && driftKinds[kind].layer !== "runtime",
  );
  const [first] = own;
  if (first === undefined) return "";
  const more = own.length > 1 ? ` (and ${own.length - 1} more)` : "";
  const where = first.path === null ? "" : ` ${first.path.slice(first.path.lastIndexOf("/") + 1)}`;
  return `drift: ${first.kind}${where}${more}`;
}

function isPending(unit: UnitRow, status: Status): boolean {
  return status.pending.some((candidate) => candidate.unit === unit.name);
}
