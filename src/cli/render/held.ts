/** What people hold back on this host, as lines of the status: a suspension, a pin, a wait. Must not judge anything. */
import { describeSuspension, describeWait, hintOfWait } from "../../core/gate/describe.ts";
import type { Wait } from "../../core/model/attempt.ts";
import type { Plan } from "../../core/model/plan.ts";
import type { Status, WaitStatus } from "../../core/model/status.ts";
import { escapeUnprintable } from "../../lib/printable.ts";
import { renderHint } from "./error.ts";
import { formatRevision, formatTime } from "./quantities.ts";
import type { StatusRenderOptions } from "./status-units.ts";
import { createPainter, type Painter } from "./style.ts";

const shownInterrupts = 5;

/** The lines, with what ends each of them; none when nothing is held back. */
export function renderHeld({ sync }: Status, options: StatusRenderOptions, paint: Painter): string[] {
  const { suspended = null, pinned = null, waiting = null, attempted } = sync;
  const format = (at: string) => formatTime(at, options.now, options.timeZone);
  const lines: string[] = [];
  const say = (text: string) => lines.push(paint("yellow", `▲ ${escapeUnprintable(text)}`));
  if (suspended !== null) {
    say(`this host is suspended ${describeSuspension(suspended, format)}`);
    lines.push(
      `  ${renderHint("nothing is applied and no drift is put back until gitops-agent resume", paint)}`,
    );
  }
  if (pinned !== null) {
    const why = pinned.because === null ? "" : `: ${pinned.because}`;
    say(`${pinned.by} went back to ${formatRevision(pinned.revision)} at ${format(pinned.at)}${why}`);
    const end = pinned.untilNext ? "a newer commit, or gitops-agent resume," : "gitops-agent resume";
    lines.push(`  ${renderHint(`${end} ends this`, paint)}`);
  }
  if (waiting !== null && attempted !== null) {
    say(`${formatRevision(attempted)} ${describeWait(waiting, format)}`);
    lines.push(`  it would ${escapeUnprintable(describeWould(waiting))}`);
    if (waiting.for !== "suspended")
      lines.push(`  ${renderHint(hintOfWait(waiting, attempted.commit), paint)}`);
  }
  return lines;
}

/**
 * What a sync would wait for before it carries a plan out, as lines below the plan. Empty when it would not wait, or has
 * nothing to do.
 * @param options as for the status
 */
export function renderWaitOfPlan(
  plan: Pick<Plan, "revision" | "refusals" | "steps">,
  wait: Wait | null,
  options: Pick<StatusRenderOptions, "colour" | "now" | "timeZone">,
): string {
  if (wait === null || plan.refusals.length > 0 || plan.steps.length === 0) return "";
  const paint = createPainter(options.colour);
  const format = (at: string) => formatTime(at, options.now, options.timeZone);
  const sentence = `▲ A sync would not do this now: ${formatRevision(plan.revision)} ${describeWait(wait, format)}`;
  const hint = renderHint(hintOfWait(wait, plan.revision.commit), paint);
  return `${paint("yellow", escapeUnprintable(sentence))}\n  ${hint}\n`;
}

function describeWould({ would: { steps, interrupts } }: WaitStatus): string {
  if (steps === 0) return "change nothing";
  const shown = interrupts.slice(0, shownInterrupts).join(", ");
  const more = interrupts.length - shownInterrupts;
  const units = interrupts.length === 0 ? "nothing" : `${shown}${more > 0 ? ` and ${more} more` : ""}`;
  return `take ${steps} ${steps === 1 ? "step" : "steps"} and interrupt ${units} (gitops-agent plan)`;
}
