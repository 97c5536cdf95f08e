/**
 * Decides whether an attempt may go on after its revision is trusted, or what it has to wait for. Asked anew at every round,
 * so that a wait ends by itself when its reason is gone. Pure.
 */
import type { Attempt, Wait } from "../model/attempt.ts";
import type { Intent, Suspension } from "../model/intent.ts";
import type { Inventory } from "../model/inventory.ts";
import type { Revision } from "../model/revision.ts";
import { waitAtGate } from "../record/attempt.ts";
import { permits } from "../record/intent.ts";
import { findOpening, type Window } from "./windows.ts";

export interface GateSettings {
  /** When changes may be made; empty: at any time. */
  readonly windows: readonly Window[];
  /** True when a person has to approve each revision. */
  readonly confirm: boolean;
}

export const openGate: GateSettings = { windows: [], confirm: false };

/** What the gate looks at besides the revision and the time. */
export interface GateView {
  readonly intent: Intent;
  readonly inventory: Inventory;
  readonly gate: GateSettings;
}

/**
 * Decides what the attempt at `revision` waits for; null when it may go on. A revision that was begun waits for nothing: half
 * of it is worse than it or the one before. A suspension holds whatever else was decided. What is applied is kept so at any
 * time, and a person who goes back to a revision or says "now" waits neither for a window nor for an approval.
 * @param nowMs milliseconds since the epoch
 */
export function decideWait(
  revision: Revision,
  { intent, inventory, gate: { windows, confirm } }: GateView,
  nowMs: number,
): Wait | null {
  if (inventory.applying?.commit === revision.commit) return null;
  const suspension = findSuspension(intent, nowMs);
  if (suspension !== null) return { for: "suspended", until: suspension.until };
  if (inventory.revision?.commit === revision.commit) return null;
  if (isPinned(intent, revision) || permits(intent, revision, "now")) return null;
  if (confirm && !permits(intent, revision, "approve")) return { for: "approval", until: null };
  const opening = findOpening(windows, nowMs);
  if (opening === null || opening.fromMs <= nowMs) return null;
  return { for: "window", until: new Date(opening.fromMs).toISOString() };
}

/** The suspension that holds at `nowMs`; null when there is none, or when its time is over. */
export function findSuspension({ suspension }: Intent, nowMs: number): Suspension | null {
  if (suspension === null || suspension.until === null) return suspension;
  return Date.parse(suspension.until) > nowMs ? suspension : null;
}

/**
 * When something that holds the host back ends by itself, so that a round is due; null when nothing does. ISO 8601.
 * @param attempt the last one
 */
export function findEnd(intent: Intent, attempt: Attempt | null, nowMs: number): string | null {
  const ends = [findSuspension(intent, nowMs)?.until ?? null, waitAtGate(attempt)?.until ?? null];
  const coming = ends.flatMap((end) => (end !== null && Date.parse(end) > nowMs ? [end] : []));
  return coming.sort()[0] ?? null;
}

/** Whether it may be applied although it is not built on what is applied: a person who goes back knows that it is an older one. */
export function acceptsRewrite(intent: Intent, revision: Revision): boolean {
  return isPinned(intent, revision) || permits(intent, revision, "accept-rewrite");
}

/** Whether a person went back to this revision. */
export function isPinned({ pin }: Intent, { commit }: Revision): boolean {
  return pin?.revision.commit === commit;
}

/**
 * Chooses the revision that the host is to have: the one that a person went back to, or the tip.
 * @param tip null while the repository does not answer
 */
export function chooseRevision({ pin }: Intent, tip: Revision | null): Revision | null {
  if (pin === null) return tip;
  return isPinOver(pin, tip) ? tip : pin.revision;
}

/** Whether a newer tip has ended the pin. */
export function isPinOver({ untilNext, left }: NonNullable<Intent["pin"]>, tip: Revision | null): boolean {
  return untilNext && tip !== null && tip.commit !== left;
}
