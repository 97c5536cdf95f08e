/** Decides what a round has to do, from what is known before it. Pure. */
import type { Inventory } from "../core/model/inventory.ts";
import type { Revision } from "../core/model/revision.ts";
import type { SyncRecord } from "../core/model/sync-record.ts";
import { transientCodes } from "./transient.ts";

/**
 * What a person decides with a sync: to try a revision again that was rolled back, to take a history that was rewritten,
 * that the host has another name now, that this once much may be removed.
 */
export type SyncMode = "retry" | "accept-rewrite" | "accept-host" | "allow-prune";

export interface SyncRequest {
  readonly modes: readonly SyncMode[];
  /** Absolute paths that the agent may take over. */
  readonly adopt: readonly string[];
}

/** Why a round runs: by time or a push; because the agent has just started; because a person asked. */
export type Trigger = "poll" | "start" | "asked";

export interface Round extends SyncRequest {
  readonly trigger: Trigger;
}

export type Task =
  | { readonly kind: "none" }
  | { readonly kind: "apply"; readonly revision: Revision }
  | { readonly kind: "roll-back"; readonly from: Revision; readonly to: Revision };

export interface TaskInput {
  readonly round: Round;
  /** Newest revision; null while the repository does not answer. */
  readonly tip: Revision | null;
  readonly inventory: Inventory;
  readonly record: SyncRecord;
}

/**
 * A revision gets one attempt. Whatever an attempt left unfinished is finished first, with or without the repository;
 * a rejected revision is left alone until there is a new one, or a person asks.
 */
export function chooseTask(input: TaskInput): Task {
  const { tip, inventory, record } = input;
  const revision = tip ?? (isBeingUndone(inventory, record) ? record.attempted : inventory.applying);
  if (revision === null) return { kind: "none" };
  const isRejected = record.attempted?.commit === revision.commit && isLasting(record);
  if (isRejected && !isTriedAgain(input)) return chooseAfterRejection(revision, inventory, record);
  if (input.round.trigger !== "poll" || isUnfinished(revision, inventory, record))
    return { kind: "apply", revision };
  return { kind: "none" };
}

/** An unhealthy revision that was not yet undone completely, for instance because the agent was killed meanwhile. */
function chooseAfterRejection(revision: Revision, inventory: Inventory, record: SyncRecord): Task {
  if (!isBeingUndone(inventory, record) || inventory.revision === null) return { kind: "none" };
  return { kind: "roll-back", from: revision, to: inventory.revision };
}

/** Then `applying` may be the good revision, on its way back: whoever takes that for the news forgets which one is bad. */
function isBeingUndone(inventory: Inventory, { rejection }: SyncRecord): boolean {
  return inventory.applying !== null && rejection?.code === "unhealthy";
}

function isLasting({ rejection }: SyncRecord): boolean {
  return rejection !== null && !transientCodes.has(rejection.code);
}

/** A restart of the agent may have brought a mended agent.yaml; but it must not make a crash loop of a bad revision. */
function isTriedAgain({ round, record }: TaskInput): boolean {
  if (round.trigger === "poll") return false;
  return round.modes.includes("retry") || record.rejection?.code !== "unhealthy";
}

function isUnfinished(revision: Revision, inventory: Inventory, record: SyncRecord): boolean {
  return (
    record.attempted?.commit !== revision.commit ||
    inventory.revision?.commit !== revision.commit ||
    inventory.applying !== null ||
    inventory.reloadOwed
  );
}
