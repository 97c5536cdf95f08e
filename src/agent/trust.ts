/** Whether a revision may be applied at all: it builds on the one that is, and trusted people signed it. Changes nothing. */
import { AgentError } from "../core/model/errors.ts";
import type { Revision } from "../core/model/revision.ts";
import type { SourcePort } from "../core/ports/source.ts";

export interface TrustRequest {
  /** What is applied; null before the first. */
  readonly applied: Revision | null;
  readonly tip: Revision;
  /** True when a person has looked at the rewritten history and wants it. */
  readonly acceptRewrite: boolean;
}

/**
 * @returns who signed the tip; null when no signatures are asked for
 * @throws AgentError `history-rewritten` (a human is needed), `revision-untrusted`
 */
export async function checkTrust(
  source: SourcePort,
  { applied, tip, acceptRewrite }: TrustRequest,
  signal: AbortSignal,
): Promise<string | null> {
  if (applied !== null && applied.commit !== tip.commit && !acceptRewrite) {
    const ancestry = await source.readAncestry(applied, tip, signal);
    // An honest history always leads back to what is applied, also after the clone was made anew.
    if (ancestry === "rewritten" || ancestry === "unknown") throw rewritten(applied, tip);
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
