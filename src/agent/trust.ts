/** Checks whether a revision may be applied: it builds on the applied one, and trusted people signed it. Changes nothing. */
import { AgentError } from "../core/model/errors.ts";
import type { Revision } from "../core/model/revision.ts";
import type { SourcePort } from "../core/ports/source.ts";

export interface TrustRequest {
  /** The applied revision; null before the first one. */
  readonly applied: Revision | null;
  readonly tip: Revision;
  /** True when a person has accepted a rewritten history. */
  readonly acceptRewrite: boolean;
}

/**
 * Checks the history of the tip first, then its signatures.
 * @returns the name of the person who signed the tip; null when signatures are not configured
 * @throws AgentError `history-rewritten` (a person is needed), `revision-untrusted`
 */
export async function checkTrust(
  source: SourcePort,
  { applied, tip, acceptRewrite }: TrustRequest,
  signal: AbortSignal,
): Promise<string | null> {
  if (applied !== null && applied.commit !== tip.commit && !acceptRewrite) {
    // An honest history always leads back to what is applied, also after the clone was made anew.
    if (await source.isRewritten(applied, tip, signal)) throw rewritten(applied, tip);
  }
  const history = await source.verifyHistory({ from: applied?.commit ?? null, to: tip }, signal);
  return history?.tipSigner?.name ?? null;
}

function rewritten(applied: Revision, tip: Revision): AgentError {
  const [old, now] = [applied.commit.slice(0, 7), tip.commit.slice(0, 7)];
  return new AgentError(
    "history-rewritten",
    `${tip.branch} was rewritten: ${now} does not build on ${old}, which is applied`,
    {
      subject: tip.commit,
      hint: "nothing was changed; find out who forced the push, then take it with: gitops-agent sync --accept-rewrite",
    },
  );
}
