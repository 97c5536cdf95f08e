/**
 * Looks for a newer revision while the units of an older one settle, and ends the settling when there is one. So a fix is
 * applied at once and does not wait until the broken revision has failed. Applies nothing.
 */
import { decideWait } from "../core/gate/gate.ts";
import type { Cause } from "../core/model/attempt.ts";
import { AgentError } from "../core/model/errors.ts";
import type { Revision } from "../core/model/revision.ts";
import type { Clock, EventSink } from "../core/ports/run.ts";
import type { StatePort } from "../core/ports/state.ts";
import { permits } from "../core/record/intent.ts";
import {
  type PreparePorts,
  type PrepareSettings,
  preparePlan,
  refuseForbidden,
  settingsFor,
} from "./prepare.ts";
import type { Round } from "./task.ts";
import { checkTrust } from "./trust.ts";

export interface NewerPorts extends PreparePorts {
  readonly state: StatePort;
  readonly events: EventSink;
  readonly clock: Clock;
}

/** Ends the settling of a revision because a newer one came. Not a failure: only the attempt catches it. */
export class SupersededError extends Error {
  override readonly name = "SupersededError";
  readonly by: Revision;
  /** How the newer one was noticed. */
  readonly noticedBy: Cause;

  constructor(revision: Revision, by: Revision, noticedBy: Cause) {
    const [old, now] = [revision.commit.slice(0, 7), by.commit.slice(0, 7)];
    super(`revision ${old} is watched no longer, because ${now} came`);
    this.by = by;
    this.noticedBy = noticedBy;
  }
}

export interface WatchedRevision {
  readonly revision: Revision;
  readonly nextHint: Round["nextHint"];
}

/**
 * Does `work`. Its signal aborts with a SupersededError as soon as there is a newer revision that can be applied. A newer
 * revision that would be refused does not end the work.
 * @returns what `work` gives
 * @throws what `work` throws, and any bug of the search
 */
export async function whileNewest<Result>(
  ports: NewerPorts,
  settings: PrepareSettings,
  watched: WatchedRevision,
  work: (signal: AbortSignal) => Promise<Result>,
  signal: AbortSignal,
): Promise<Result> {
  const newer = new AbortController();
  const over = new AbortController();
  const watching = findNewer(ports, settings, watched, AbortSignal.any([signal, over.signal])).then(
    (found) => {
      if (found !== null) newer.abort(found);
    },
  );
  // The search's error is thrown below, when the work has ended.
  watching.catch(() => undefined);
  try {
    return await work(AbortSignal.any([signal, newer.signal]));
  } finally {
    over.abort();
    await watching;
  }
}

async function findNewer(
  ports: NewerPorts,
  settings: PrepareSettings,
  { revision, nextHint }: WatchedRevision,
  signal: AbortSignal,
): Promise<SupersededError | null> {
  const judged = new Set([revision.commit]);
  for (;;) {
    const noticedBy = await nextHint(signal);
    if (signal.aborted) return null;
    const tip = await tolerate(() => ports.source.fetch(signal));
    if (tip === null || judged.has(tip.commit)) continue;
    judged.add(tip.commit);
    if ((await tolerate(() => prepareTip(ports, settings, tip, signal))) === null) continue;
    ports.events.emit({ type: "repository.polled", revision: tip, news: true });
    return new SupersededError(revision, tip, noticedBy);
  }
}

/**
 * @returns null for a tip that has to wait
 * @throws AgentError for a tip that would be refused; the next round tries it and reports why
 */
async function prepareTip(
  ports: NewerPorts,
  settings: PrepareSettings,
  tip: Revision,
  signal: AbortSignal,
): Promise<Revision | null> {
  const { state, source } = ports;
  const [inventory, intent] = [await state.loadInventory(), await state.loadIntent()];
  if (decideWait(tip, { intent, inventory, gate: settings.gate }, ports.clock.now()) !== null) return null;
  const acceptRewrite = permits(intent, tip, "accept-rewrite");
  await checkTrust(source, { applied: inventory.revision, tip, acceptRewrite }, signal);
  const { plan } = await preparePlan(ports, settingsFor(settings, intent, tip), tip, inventory, signal);
  refuseForbidden(plan);
  return tip;
}

/** The result of `work`; null when it fails with an AgentError or is aborted. */
async function tolerate<Result>(work: () => Promise<Result>): Promise<Result | null> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof AgentError || (error instanceof Error && error.name === "AbortError")) return null;
    throw error;
  }
}
