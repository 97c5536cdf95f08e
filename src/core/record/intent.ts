/**
 * How decisions of people are added to the intent, what they allow, and when they are removed. Only people add to it. Pure.
 */
import type { Attempt, PhaseName } from "../model/attempt.ts";
import type { Intent } from "../model/intent.ts";
import type { Inventory } from "../model/inventory.ts";
import type { Revision } from "../model/revision.ts";
import type { SyncMode, SyncRequest } from "../model/sync-request.ts";

/**
 * The intent with what a person asks for; the same object when nothing is added. What a person accepts holds for the
 * present tip only, and not for a later push.
 * @param tip the newest revision; null while the repository does not answer: then nothing can be accepted
 */
export function decide(intent: Intent, { modes, adopt }: SyncRequest, tip: Revision | null): Intent {
  const paths = adopt.filter((path) => !intent.adopt.includes(path));
  const isAccepted = modes.length > 0 && tip !== null;
  if (paths.length === 0 && !isAccepted) return intent;
  const accepted = isAccepted ? { commit: tip.commit, modes } : intent.accepted;
  return { ...intent, adopt: [...intent.adopt, ...paths], accepted };
}

/** Whether a person has accepted `mode` for the revision. */
export function permits({ accepted }: Intent, { commit }: Revision, mode: SyncMode): boolean {
  return accepted?.commit === commit && accepted.modes.includes(mode);
}

/** In these phases an attempt goes on or is made again, so what was accepted for it is still needed. */
const unendedPhases: ReadonlySet<PhaseName> = new Set(["fetched", "applying", "settling", "blocked"]);

/**
 * The intent after a round: without paths that are now in the inventory, and without what was accepted for a revision whose
 * attempt has ended. The same object when nothing of it was carried out.
 */
export function forgetCarriedOut(intent: Intent, { files }: Inventory, attempt: Attempt | null): Intent {
  const { accepted } = intent;
  const isOpen =
    accepted === null || (attempt?.revision.commit === accepted.commit && unendedPhases.has(attempt.phase));
  const adopt = intent.adopt.filter((path) => files[path] === undefined);
  if (isOpen && adopt.length === intent.adopt.length) return intent;
  return { ...intent, adopt, accepted: isOpen ? accepted : null };
}
