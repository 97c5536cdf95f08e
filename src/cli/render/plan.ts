/** A plan as text: what would be done, in which order, and why. Must not change or judge the plan. */
import { formatDiagnostics } from "../../core/check/diagnostic-text.ts";
import { describeUnmentioned } from "../../core/desired/unmentioned.ts";
import type { Diagnostic } from "../../core/model/errors.ts";
import type { Alongside, Explanation, Plan, Refusal, Spared, Step } from "../../core/model/plan.ts";
import { formatCommand } from "../../core/units/hook-unit.ts";
import { escapeUnprintable } from "../../lib/printable.ts";
import { renderHint } from "./error.ts";
import { countOf, formatRevision } from "./quantities.ts";
import { createPainter, type Painter, type Style } from "./style.ts";
import { type Row, renderTable } from "./table.ts";

export interface PlanRenderOptions {
  readonly colour: boolean;
  /** Columns of the terminal; Infinity when there is none. */
  readonly width: number;
  /** Adds every difference of every unit. */
  readonly explain: boolean;
  /** Managed files that no unit mentions. */
  readonly unmentioned: readonly string[];
}

/** Refusals first, then the steps in their order, then the units that are not interrupted. Ends with a line end. */
export function renderPlan(plan: Plan, warnings: readonly Diagnostic[], options: PlanRenderOptions): string {
  const paint = createPainter(options.colour);
  const sentence = describeUnmentioned(options.unmentioned);
  const blocks = [
    [paint("bold", formatRevision(plan.revision))],
    warnings.length === 0 ? [] : [formatDiagnostics(warnings)],
    plan.refusals.flatMap((refusal) => renderRefusal(refusal, paint)),
    renderTable(plan.steps.map(stepRow), paint, options.width),
    renderTable(plan.alongside.map(alongsideRow), paint, options.width),
    renderTable(plan.spared.map(sparedRow), paint, options.width),
    options.explain ? plan.explanations.flatMap((explanation) => renderExplanation(explanation, paint)) : [],
    sentence === null ? [] : [paint("dim", escapeUnprintable(sentence))],
    [summarize(plan, paint)],
  ];
  const filled = blocks.filter((block) => block.length > 0);
  return `${filled.map((block) => block.join("\n")).join("\n\n")}\n`;
}

function renderRefusal(refusal: Refusal, paint: Painter): string[] {
  const what = `✖ refused: ${escapeUnprintable(refusal.subject)}:`;
  return [
    `${paint("red", what)} ${escapeUnprintable(refusal.message)}`,
    `  ${renderHint(refusal.hint, paint)}`,
  ];
}

const verbStyles: Readonly<Record<Step["kind"], Style>> = {
  credentials: "cyan",
  stop: "red",
  write: "cyan",
  adopt: "cyan",
  delete: "red",
  restore: "cyan",
  "daemon-reload": "cyan",
  "reset-failed": "cyan",
  "refresh-cgroup": "cyan",
  run: "yellow",
  start: "green",
  restart: "yellow",
  reload: "yellow",
};

function stepRow(step: Step): Row {
  return planRow(step.kind, verbStyles[step.kind], stepSubject(step), `because ${step.because}`);
}

function stepSubject(step: Step): string {
  switch (step.kind) {
    case "credentials":
      return step.changed.join(", ");
    case "write":
    case "adopt":
      return step.file.kind === "link" ? `${step.file.path} -> ${step.file.linkTarget}` : step.file.path;
    case "delete":
    case "restore":
      return step.path;
    case "daemon-reload":
      return "";
    case "run":
      return formatCommand(step.command);
    case "stop":
    case "reset-failed":
    case "refresh-cgroup":
    case "start":
    case "restart":
    case "reload":
      return step.unit;
  }
}

function alongsideRow({ unit, because }: Alongside): Row {
  return planRow("taken along", "yellow", unit, `because ${because}`);
}

function sparedRow(spared: Spared): Row {
  const because = `because ${spared.because}`;
  if (spared.pending) return planRow("pending", "yellow", spared.unit, because);
  return planRow("uninterrupted", "dim", spared.unit, because);
}

/** The width of the longest word, so that both tables line up. */
const verbWidth = "daemon-reload".length;

function planRow(verb: string, style: Style, subject: string, because: string): Row {
  return [
    { text: verb.padEnd(verbWidth), style },
    { text: escapeUnprintable(subject) },
    { text: escapeUnprintable(because) },
  ];
}

function summarize(plan: Plan, paint: Painter): string {
  if (plan.refusals.length > 0) return paint("red", "Nothing is done while something is refused.");
  const pending = plan.spared.filter((spared) => spared.pending).length;
  const left = pending === 0 ? "" : ` ${countOf(pending, "interruption")} left to you.`;
  if (plan.steps.length === 0) return `Nothing to do.${left}`;
  const files = countSteps(plan, ["write", "adopt", "delete", "restore"]);
  const started = plan.steps.filter((step) => step.kind === "start" && step.runsOn !== true).length;
  const interrupted = countSteps(plan, ["stop", "restart", "reload"]) + plan.alongside.length;
  const counts = [
    countOf(files, "file"),
    `${countOf(started, "unit")} started`,
    `${countOf(interrupted, "unit")} interrupted`,
  ];
  return `${counts.join(", ")}.${left}`;
}

function countSteps(plan: Plan, kinds: readonly Step["kind"][]): number {
  return plan.steps.filter((step) => kinds.includes(step.kind)).length;
}

function renderExplanation({ unit, differences }: Explanation, paint: Painter): string[] {
  const lines = differences.map(({ text, class: changeClass, where }) => {
    const place = where === null ? "" : ` (${escapeUnprintable(where)})`;
    return `  ${changeClass.padEnd(10)} ${escapeUnprintable(text)}${place}`;
  });
  return [paint("bold", escapeUnprintable(unit)), ...lines];
}
