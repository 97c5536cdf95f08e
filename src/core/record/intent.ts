/** How what people decide is remembered, what it allows, and when it is carried out. Only people add to it. Pure. */
import type { Attempt, PhaseName } from "../model/attempt.ts";
import type { Intent } from "../model/intent.ts";
import type { Inventory } from "../model/inventory.ts";
import type { Revision } from "../model/revision.ts";
import type { SyncMode, SyncRequest } from "../model/sync-request.ts";

/**
 * The intent with what a person asks for. Decisions about a revision are bound to the one that the person has seen: a push
 * that comes later is another one. The same object when nothing is added.
 * @param tip the newest revision; null while the repository does not answer: then there is nothing to decide about
 */
export function decide(intent: Intent, { modes, adopt }: SyncRequest, tip: Revision | null): Intent {
  const paths = adopt.filter((path) => !intent.adopt.includes(path));
  const isAccepted = modes.length > 0 && tip !== null;
  if (paths.length === 0 && !isAccepted) return intent;
  const accepted = isAccepted ? { commit: tip.commit, modes } : intent.accepted;
  return { ...intent, adopt: [...intent.adopt, ...paths], accepted };
}

/** Whether a person has accepted this of the revision. */
export function permits({ accepted }: Intent, { commit }: Revision, mode: SyncMode): boolean {
  return accepted?.commit === commit && accepted.modes.includes(mode);
}

/** While an attempt is in one of these, it goes on or is made again, with what was accepted for it. */
const unendedPhases: ReadonlySet<PhaseName> = new Set(["fetched", "applying", "settling", "blocked"]);

/**
 * The intent after a round: without the paths that are the agent's by now, and without what was accepted for a revision whose
 * attempt has ended. The same object when all of it is still to be carried out.
 */
export function forgetCarriedOut(intent: Intent, { files }: Inventory, attempt: Attempt | null): Intent {
  const { accepted } = intent;
  const isOpen =
    accepted === null || (attempt?.revision.commit === accepted.commit && unendedPhases.has(attempt.phase));
  const adopt = intent.adopt.filter((path) => files[path] === undefined);
  if (isOpen && adopt.length === intent.adopt.length) return intent;
  return { ...intent, adopt, accepted: isOpen ? accepted : null };
}
