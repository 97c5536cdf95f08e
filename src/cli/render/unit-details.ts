/** One unit with all that is known of it, as text. Must not gather or judge anything. */
import type {
  CredentialOrigin,
  SettingOrigin,
  UnitDetails,
  UnitRelation,
} from "../../core/model/unit-details.ts";
import { escapeUnprintable } from "../../lib/printable.ts";
import { formatAge, formatRevision, formatTime } from "./quantities.ts";
import { createPainter, type Painter } from "./style.ts";
import { clip, type Row, renderTable } from "./table.ts";

export interface UnitRenderOptions {
  readonly colour: boolean;
  /** Columns of the terminal; Infinity when there is none. */
  readonly width: number;
  /** Milliseconds since the epoch. */
  readonly now: number;
  /** As in Intl; absent: the host's. */
  readonly timeZone?: string;
}

/** Ends with a line end. */
export function renderUnitDetails(details: UnitDetails, options: UnitRenderOptions): string {
  const paint = createPainter(options.colour);
  const blocks = [
    renderHead(details, options, paint),
    titled("DEFINED BY", renderFiles(details, paint, options.width), paint),
    titled("SETTINGS", renderSettings(details.settings, paint, options.width), paint),
    titled("RUNS WITH", renderStartedWith(details), paint),
    titled(
      "CREDENTIALS",
      details.credentials.map((credential) => describeCredential(credential, options)),
      paint,
    ),
    titled("MENTIONS", details.mentions.map(escapeUnprintable), paint),
    titled("TIES", renderRelations(details.relations, paint, options.width), paint),
    titled(
      "DRIFT",
      details.drift.map(({ kind, message }) => escapeUnprintable(`${kind}  ${message}`)),
      paint,
    ),
    titled("SYNCS", renderEvents(details, options, paint), paint),
    titled(
      "LOG",
      details.log.map((line) => clip(escapeUnprintable(line), options.width - 2)),
      paint,
    ),
  ];
  return `${blocks
    .filter((block) => block.length > 0)
    .map((block) => block.join("\n"))
    .join("\n\n")}\n`;
}

/** Nothing when there are no lines, which are escaped already. */
function titled(title: string, lines: readonly string[], paint: Painter): readonly string[] {
  if (lines.length === 0) return [];
  return [paint("bold", title), ...lines.map((line) => `  ${line}`)];
}

/** The name, the state and what is wrong. */
export function renderHead(
  { unit, revision, expected }: UnitDetails,
  options: UnitRenderOptions,
  paint: Painter,
): readonly string[] {
  const state = `${unit.activeState}${unit.subState === "" ? "" : ` (${unit.subState})`}`;
  const since =
    unit.since === null
      ? ""
      : ` since ${formatTime(unit.since, options.now, options.timeZone)} (${formatAge(unit.since, options.now)})`;
  const wanted = expected ? "git wants it to run" : "git does not want it to run by itself";
  const style = unit.finding?.degrades === true ? "red" : unit.activeState === "active" ? "green" : "yellow";
  const lines = [
    `${paint("bold", escapeUnprintable(unit.name))}  ${paint(style, state)}${since}`,
    `  ${wanted}${revision === null ? "" : `; applied is ${formatRevision(revision)}`}`,
  ];
  if (unit.finding !== null)
    lines.push(paint(style, `  ${escapeUnprintable(`${unit.name} ${unit.finding.message}`)}`));
  if (unit.note !== "") lines.push(`  ${escapeUnprintable(unit.note)}`);
  return lines;
}

function renderFiles({ files }: UnitDetails, paint: Painter, width: number): readonly string[] {
  const rows = files.map(
    ({ path, role, origin }): Row => [
      { text: escapeUnprintable(path) },
      { text: role },
      { text: escapeUnprintable(origin), style: "dim" },
    ],
  );
  return renderTable(rows, paint, width - 2);
}

function renderSettings(
  settings: readonly SettingOrigin[] | null,
  paint: Painter,
  width: number,
): readonly string[] {
  if (settings === null) return ["the local clone cannot be read, so where they come from is not known"];
  const rows = settings.map(
    ({ name, value, where }): Row => [
      { text: escapeUnprintable(`${name.slice(name.indexOf(".") + 1)}=${value}`) },
      { text: escapeUnprintable(where), style: "dim" },
    ],
  );
  return renderTable(rows, paint, width - 2);
}

/** What the process runs with, if that is not what git says now. */
export function renderStartedWith({ startedWith, pending, unit }: UnitDetails): readonly string[] {
  if (startedWith === null) {
    return unit.activeState === "active" ? ["a definition that is not git's, or not known"] : [];
  }
  const lines = startedWith.map((text) => `an older definition: ${escapeUnprintable(text)} since`);
  return pending === null ? lines : [...lines, `left to people: ${escapeUnprintable(pending)}`];
}

function renderRelations(
  relations: readonly UnitRelation[],
  paint: Painter,
  width: number,
): readonly string[] {
  const rows = relations.map(
    ({ relation, unit, activeState }): Row => [
      { text: `${relation}=` },
      { text: escapeUnprintable(unit) },
      { text: activeState, ...(activeState === "failed" ? { style: "red" as const } : {}) },
    ],
  );
  return renderTable(rows, paint, width - 2);
}

function describeCredential(
  { name, origin, changedAt = null }: CredentialOrigin,
  { now, timeZone }: UnitRenderOptions,
): string {
  const since =
    changedAt === null ? "" : `, unchanged since the commit of ${formatTime(changedAt, now, timeZone)}`;
  return escapeUnprintable(`${name}  from ${origin}${since}`);
}

/** What syncs did to the unit, the newest first. */
export function renderEvents(
  { history }: UnitDetails,
  options: UnitRenderOptions,
  paint: Painter,
): readonly string[] {
  const rows = history.map(
    ({ at, revision, action, because }): Row => [
      { text: formatTime(at, options.now, options.timeZone), style: "dim" },
      { text: action },
      { text: revision.commit.slice(0, 7) },
      { text: escapeUnprintable(because) },
    ],
  );
  return renderTable(rows, paint, options.width - 2);
}
