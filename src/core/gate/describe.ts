/** The words for what the gate holds back. Times stay as they are recorded: each view has its own way to write them. Pure. */
import type { Wait } from "../model/attempt.ts";
import type { Suspension } from "../model/intent.ts";

/** By whom, until when and why: `by alice until 2026-12-02T02:00:00.000Z: disk is replaced`. */
export function describeSuspension(
  { by, until, because }: Suspension,
  formatTime = (at: string) => at,
): string {
  const end = until === null ? "until somebody resumes" : `until ${formatTime(until)}`;
  return `by ${by} ${end}${because === null ? "" : `: ${because}`}`;
}

/** Completes the sentence that begins with a revision: `waits for …`. */
export function describeWait(wait: Wait, formatTime = (at: string) => at): string {
  if (wait.for === "approval") return "waits for an approval";
  if (wait.for === "suspended") return "waits, as this host is suspended";
  return `waits for the next window${wait.until === null ? "" : `, which opens at ${formatTime(wait.until)}`}`;
}

/** What ends the wait. */
export function hintOfWait({ for: reason }: Wait, commit: string): string {
  if (reason === "suspended") return "gitops-agent resume ends the suspension";
  if (reason === "window") return "gitops-agent sync --now does not wait for it";
  return `gitops-agent approve ${commit.slice(0, 7)}`;
}
