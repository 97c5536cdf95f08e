/**
 * How decisions of people are added to the intent, what they allow, and when they are removed. Only people add to it. Pure.
 */
import type { Attempt, PhaseName } from "../model/attempt.ts";
import type { History } from "../model/history.ts";
import type { Acceptance, AcceptedMode, Intent } from "../model/intent.ts";
import type { Inventory } from "../model/inventory.ts";
import type { Revision } from "../model/revision.ts";
import type { Decision, SyncRequest } from "../model/sync-request.ts";
import { waitAtGate } from "./attempt.ts";
import { findApplied } from "./find-sync.ts";

/**
 * The intent with what a person asks for; the same object when nothing is added. What a person accepts holds for the
 * present tip only, and not for a later push.
 * @param tip the newest revision; null while the repository does not answer: then nothing can be accepted
 */
export function decide(intent: Intent, { modes, adopt }: SyncRequest, tip: Revision | null): Intent {
  const paths = adopt.filter((path) => !intent.adopt.includes(path));
  const isAccepted = modes.length > 0 && tip !== null;
  if (paths.length === 0 && !isAccepted) return intent;
  const accepted = isAccepted ? accept(intent.accepted, tip.commit, modes) : intent.accepted;
  return { ...intent, adopt: [...intent.adopt, ...paths], accepted };
}

function accept(before: Acceptance | null, commit: string, modes: readonly AcceptedMode[]): Acceptance {
  const known = before?.commit === commit ? before.modes : [];
  return { commit, modes: [...known.filter((mode) => !modes.includes(mode)), ...modes] };
}

/** What a decision needs to know of the host. */
export interface DecisionFacts {
  /** ISO 8601. */
  readonly at: string;
  readonly history: History;
  /** The revision that the host is to have without a pin: the last attempted or applied one; null before the first. */
  readonly followed: Revision | null;
}

/**
 * The intent after a person's decision about the host.
 * @throws AgentError `revision-not-found` when the revision to go back to was never applied here
 */
export function takeDecision(intent: Intent, decision: Decision, facts: DecisionFacts): Intent {
  const { kind, by } = decision;
  if (kind === "resume") return { ...intent, suspension: null, pin: null };
  if (kind === "approve")
    return { ...intent, accepted: accept(intent.accepted, decision.commit, ["approve"]) };
  const decided = { by, at: facts.at, because: decision.because };
  if (kind === "suspend") return { ...intent, suspension: { ...decided, until: decision.until } };
  const revision = findApplied(facts.history, decision.commit);
  const left = intent.pin?.left ?? facts.followed?.commit ?? "";
  return { ...intent, pin: { ...decided, revision, left, untilNext: decision.untilNext } };
}

/** The intent without a suspension whose time is over; the same object when there is none. */
export function endSuspension(intent: Intent, nowMs: number): Intent {
  const until = intent.suspension?.until ?? null;
  return until === null || Date.parse(until) > nowMs ? intent : { ...intent, suspension: null };
}

/** Whether a person has accepted `mode` for the revision. */
export function permits({ accepted }: Intent, { commit }: Revision, mode: AcceptedMode): boolean {
  return accepted?.commit === commit && accepted.modes.includes(mode);
}

/** In these phases an attempt goes on or is made again, so what was accepted for it is still needed. */
const unendedPhases: ReadonlySet<PhaseName> = new Set(["fetched", "applying", "settling", "blocked"]);

function isUnended(attempt: Attempt): boolean {
  return unendedPhases.has(attempt.phase) || waitAtGate(attempt) !== null;
}

/**
 * The intent after a round: without paths that are now in the inventory, and without what was accepted for a revision whose
 * attempt has ended. The same object when nothing of it was carried out.
 */
export function forgetCarriedOut(intent: Intent, { files }: Inventory, attempt: Attempt | null): Intent {
  const { accepted } = intent;
  const isOpen = accepted === null || (attempt?.revision.commit === accepted.commit && isUnended(attempt));
  const adopt = intent.adopt.filter((path) => files[path] === undefined);
  if (isOpen && adopt.length === intent.adopt.length) return intent;
  return { ...intent, adopt, accepted: isOpen ? accepted : null };
}
