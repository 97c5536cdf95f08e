/** The status as text: one look tells whether something is wrong and what to do. Must not gather or judge anything. */

import { describeUnmentioned } from "../../core/desired/unmentioned.ts";
import { driftKinds } from "../../core/drift/kinds.ts";
import { countDrifted, headlineWords } from "../../core/health/headline.ts";
import type { PhaseName } from "../../core/model/attempt.ts";
import type { DriftRecord } from "../../core/model/drift.ts";
import type { SyncFailure } from "../../core/model/failure.ts";
import type { Status, SyncState } from "../../core/model/status.ts";
import { escapeUnprintable } from "../../lib/printable.ts";
import { renderDriftTable } from "./drift.ts";
import { degradedHint, listFailureLines, renderHint } from "./error.ts";
import { renderHeld } from "./held.ts";
import { formatAge, formatRevision, formatTime } from "./quantities.ts";
import { renderUnits, type StatusRenderOptions } from "./status-units.ts";
import { createPainter, type Painter, type Style } from "./style.ts";
import { displayWidth, headRow, type Row, renderTable } from "./table.ts";

/** Ends with a line end. */
export function renderStatus(status: Status, options: StatusRenderOptions): string {
  const paint = createPainter(options.colour);
  const blocks = [
    [...renderHeadline(status, options, paint), ...renderProblems(status, options, paint)],
    renderUnits(status, options, paint),
    renderDrift(status, options, paint),
    renderPending(status, options, paint),
    renderWarnings(status, paint),
    renderUnmentioned(status.unmentioned ?? [], paint),
    renderHints(status, paint),
  ];
  const filled = blocks.filter((block) => block.length > 0);
  return `${filled.map((block) => block.join("\n")).join("\n\n")}\n`;
}

const stateSigns: Readonly<Record<SyncState, readonly [style: Style, sign: string]>> = {
  "in-sync": ["green", "●"],
  "out-of-sync": ["yellow", "●"],
  drifted: ["yellow", "▲"],
  pending: ["yellow", "●"],
  suspended: ["yellow", "○"],
  waiting: ["yellow", "●"],
  pinned: ["yellow", "●"],
  degraded: ["red", "✖"],
  rejected: ["red", "✖"],
  blocked: ["red", "✖"],
  "rolling-back": ["red", "✖"],
  stalled: ["red", "✖"],
  stale: ["red", "✖"],
  unwritable: ["red", "✖"],
  never: ["yellow", "○"],
  unknown: ["red", "?"],
};

function renderHeadline(status: Status, options: StatusRenderOptions, paint: Painter): string[] {
  const { sync, source } = status;
  const [style, sign] = stateSigns[sync.state];
  const label = `${sign} ${headlineWords[sync.state]}${countInHeadline(status)}`;
  const host = escapeUnprintable(status.host);
  const revision = sync.applied === null ? "" : `  ${formatRevision(sync.applied)}`;
  const times = [
    sync.appliedAt === null ? "nothing applied yet" : `applied ${formatAge(sync.appliedAt, options.now)} ago`,
    source.polledAt === null ? "never polled" : `polled ${formatAge(source.polledAt, options.now)} ago`,
    source.verified === "unverified"
      ? "not verified"
      : `signed by ${escapeUnprintable(sync.signedBy ?? "nobody")}`,
  ].join(" · ");
  const first = `${paint("bold", host)}  ${paint(style, label)}${revision}`;
  const firstWidth = displayWidth(`${host}  ${label}${revision}`);
  if (firstWidth + 2 + displayWidth(times) <= options.width) return [`${first}  ${times}`];
  return [first, `  ${times}`];
}

/** How much has drifted, for the headline that says so. */
function countInHeadline({ sync, drift }: Status): string {
  if (sync.state !== "drifted") return "";
  const count = countDrifted(drift.filter(({ kind }) => driftKinds[kind].weight === "differs"));
  return count === "" ? "" : `: ${count}`;
}

function renderProblems(status: Status, options: StatusRenderOptions, paint: Painter): string[] {
  const { agent, source, sync } = status;
  const lines: string[] = [];
  if (!agent.running) {
    lines.push(paint("yellow", "▲ the agent is not running; this was read from the host itself"));
    lines.push(`  ${renderHint("start it with: systemctl start gitops-agent", paint)}`);
  }
  if (agent.stateFailure !== null) {
    const what = "nothing is applied, as the agent's state cannot be written";
    lines.push(...renderFailure("✖", "red", since(what), agent.stateFailure, options, paint));
  }
  if (status.systemd.failure !== null) {
    const { message, hint } = status.systemd.failure;
    lines.push(paint("red", `✖ how the units do is not known: ${escapeUnprintable(message)}`));
    if (hint !== null) lines.push(`  ${renderHint(hint, paint)}`);
  }
  if (source.failure !== null) {
    const what = `nothing can be fetched from ${source.url}`;
    lines.push(...renderFailure("▲", "yellow", since(what), source.failure, options, paint));
  }
  if (sync.stall !== null) {
    lines.push(
      ...renderFailure("✖", "red", since("this host waits for a decision"), sync.stall, options, paint),
    );
  }
  const attempted = sync.attempted === null ? "the newest revision" : formatRevision(sync.attempted);
  if (sync.rejection !== null) {
    const what = describeRejection(attempted, sync.attempt?.phase);
    lines.push(...renderFailure("✖", "red", what, sync.rejection, options, paint));
    if (sync.attempt?.phase === "blocked") lines.push("  the agent tries again by itself");
    if (sync.returnFailure !== null) {
      const what = `the host cannot go back to ${sync.applied === null ? "what it had" : formatRevision(sync.applied)}`;
      lines.push(...renderFailure("✖", "red", since(what), sync.returnFailure, options, paint));
    }
  }
  lines.push(...renderHeld(status, options, paint));
  lines.push(...renderUnderWay(status, paint));
  lines.push(...renderUnpolled(status, options, paint));
  for (const failed of sync.failedUnits) {
    lines.push(`${paint("red", "✖")} ${escapeUnprintable(failed.message)}`);
    for (const line of failed.log) lines.push(`    ${escapeUnprintable(line)}`);
  }
  lines.push(...renderFindings(status, paint));
  return lines;
}

function describeRejection(attempted: string, phase: PhaseName | undefined): Timed {
  if (phase === "waiting") return since(`${attempted} waits for a decision`);
  if (phase === "blocked") return since(`${attempted} cannot be applied`);
  if (phase === "rolled-back") return at(`${attempted} did not work, and was rolled back`);
  return at(`${attempted} was rejected`);
}

/** Says that the repository does not answer, when nothing else on the screen says it. */
function renderUnpolled(
  { agent, source, sync }: Status,
  options: StatusRenderOptions,
  paint: Painter,
): string[] {
  if (sync.state !== "stale" || !agent.running || source.failure !== null) return [];
  const since =
    source.polledAt === null ? "" : ` since ${formatTime(source.polledAt, options.now, options.timeZone)}`;
  return [paint("red", `✖ the repository has not answered${since}`)];
}

const shownFindings = 10;

/** What is wrong with units, without the units that the last sync reports as failed. */
function renderFindings({ sync, units }: Status, paint: Painter): string[] {
  const told = new Set(sync.failedUnits.map(({ unit }) => unit));
  const lines = units.flatMap(({ name, finding }) => {
    if (finding === null || told.has(name)) return [];
    const sign = finding.degrades ? paint("red", "✖") : paint("yellow", "▲");
    return [`${sign} ${escapeUnprintable(`${name} ${finding.message}`)}`];
  });
  const more = lines.length - shownFindings;
  return more > 0 ? [...lines.slice(0, shownFindings), `  … and ${more} more`] : lines;
}

/** A revision that is neither applied nor refused. It is shown so that the applied one is not taken for the newest. */
function renderUnderWay({ agent, sync }: Status, paint: Painter): string[] {
  const { applying, attempted, applied, rejection } = sync;
  if (applying !== null && applying.commit !== applied?.commit) {
    // A revision that failed has its own lines.
    if (rejection !== null && applying.commit === attempted?.commit) return [];
    const what = agent.running
      ? "is being applied, or its units have not settled yet"
      : "is not applied to its end";
    return [paint("yellow", `▲ ${formatRevision(applying)} ${what}`)];
  }
  if (rejection !== null || attempted === null || attempted.commit === applied?.commit) return [];
  if ((sync.waiting ?? null) !== null) return [];
  return [paint("yellow", `▲ ${formatRevision(attempted)} is not applied yet`)];
}

/** A sentence with the time of what it says. */
type Timed = (time: string, age: string) => string;

const since =
  (what: string): Timed =>
  (time, age) =>
    `${what} since ${time} (${age})`;

const at =
  (what: string): Timed =>
  (time, age) =>
    `${what} at ${time} (${age} ago)`;

function renderFailure(
  symbol: string,
  style: Style,
  what: Timed,
  failure: SyncFailure,
  options: StatusRenderOptions,
  paint: Painter,
): string[] {
  const time = formatTime(failure.since, options.now, options.timeZone);
  const age = formatAge(failure.since, options.now);
  const lines = [paint(style, `${symbol} ${escapeUnprintable(what(time, age))}`)];
  for (const text of listFailureLines(failure)) lines.push(`  ${escapeUnprintable(text)}`);
  if (failure.hint !== null) lines.push(`  ${renderHint(failure.hint, paint)}`);
  return lines;
}

const shownDrift = 20;

function renderDrift(status: Status, options: StatusRenderOptions, paint: Painter): string[] {
  const drift = listOtherDrift(status);
  const more = drift.length - shownDrift;
  const rest = more > 0 ? [`  … and ${more} more: gitops-agent drift lists all`] : [];
  return [...renderDriftTable(drift.slice(0, shownDrift), options, paint), ...rest];
}

/** What runs otherwise than it should is said above. */
function listOtherDrift({ drift }: Status): readonly DriftRecord[] {
  return drift.filter(({ kind }) => driftKinds[kind].layer !== "runtime");
}

function renderPending(status: Status, options: StatusRenderOptions, paint: Painter): string[] {
  if (status.pending.length === 0) return [];
  const header = headRow(["PENDING", ""]);
  const rows: Row[] = status.pending.map((pending) => [
    { text: escapeUnprintable(pending.unit), style: "yellow" },
    { text: escapeUnprintable(`because ${pending.because}`) },
  ]);
  return renderTable([header, ...rows], paint, options.width);
}

const shownWarnings = 10;

function renderWarnings({ warnings }: Status, paint: Painter): string[] {
  if (warnings.length === 0) return [];
  const shown = warnings.slice(0, shownWarnings).map((warning) => `  ${escapeUnprintable(warning)}`);
  const more = warnings.length - shown.length;
  const rest = more > 0 ? [`  … and ${more} more: gitops-agent plan shows all`] : [];
  return [paint("yellow", `WARNINGS of this revision (${warnings.length})`), ...shown, ...rest];
}

function renderUnmentioned(paths: readonly string[], paint: Painter): string[] {
  const sentence = describeUnmentioned(paths);
  return sentence === null ? [] : [paint("dim", escapeUnprintable(sentence))];
}

function renderHints(status: Status, paint: Painter): string[] {
  const hints: string[] = [];
  const { sync, source } = status;
  if (sync.state === "never" && sync.rejection === null && source.failure === null) {
    hints.push("apply the repository for the first time with: gitops-agent sync");
  }
  if (sync.failedUnits.length > 0) hints.push(degradedHint);
  else if (status.units.some(({ finding }) => finding?.degrades === true)) {
    hints.push(
      "see journalctl -u UNIT; repair the cause on this host, and systemctl restart UNIT; or push a fix",
    );
  }
  if (listOtherDrift(status).length > 0) {
    hints.push("gitops-agent drift UNIT shows what differs, and what to do about it");
  }
  if (status.pending.length > 0) {
    hints.push("pending units run with their old definition until you restart them: systemctl restart UNIT");
  }
  return hints.map((hint) => renderHint(hint, paint));
}
