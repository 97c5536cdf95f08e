/**
 * Decides whether new commits are trusted: each of them, or only the tip, must have a valid signature by an allowed signer.
 * Refuses when anything is unclear. Must not fetch, and must not read a file of the repository.
 */
import type { AgentError } from "../core/model/errors.ts";
import type { VerifyRules } from "../core/model/repository-access.ts";
import { type CloneReader, listNewCommits } from "./history.ts";
import { findObjection, readCommitHead, readVerdicts, type Verdict } from "./signatures.ts";
import { withSigningKeys } from "./signing-keys.ts";
import { explainInability, reportContradiction, reportUntrusted } from "./untrusted.ts";

/** The person who signed, with the name that the administrator's file of keys has. */
export interface Signer {
  /** Principal of an SSH key (`alice@example.org`) or user id of an OpenPGP key (`Alice <alice@example.org>`). */
  readonly name: string;
  /** Fingerprint of the SSH key, id of the OpenPGP key. */
  readonly key: string;
}

export interface SignedHistory {
  /** Number of commits whose signature was required. */
  readonly verified: number;
  /** The signers of those commits, each once, with the signer of the newest commit first. */
  readonly signers: readonly Signer[];
  /** Null when the tip has no trusted signature and needs none, because it is not new. */
  readonly tipSigner: Signer | null;
}

export interface HistoryRequest extends CloneReader {
  readonly rules: VerifyRules;
  /** The commit up to which the history is trusted already; null before the first one. */
  readonly from: string | null;
  readonly to: string;
}

/**
 * Verifies the commits between `from` and `to`. The first time, and when `from` is no longer in the clone, only the tip
 * must be signed: commits from before signatures were required cannot be signed later, and the person who signs the tip
 * answers for what it builds on.
 * @throws AgentError `revision-untrusted`; `config-invalid` and `host-write-failed` when this host cannot check;
 *   DamagedObject; the signal's reason
 */
export async function verifyNewCommits(request: HistoryRequest): Promise<SignedHistory> {
  const { rules, from, to, environment, signal } = request;
  const added = await listNewCommits(from, to, request);
  const required = rules.commits === "every" ? added : added.filter((commit) => commit === to);
  return withSigningKeys(rules, environment, signal, async (trusting) => {
    const reader = { environment: trusting, signal };
    const tip = (await readVerdicts([to], reader)).get(to);
    const others = required.filter((commit) => commit !== to);
    // The tip comes first: if it is not trusted, there may be very many commits below it, and none of them matters.
    if (required.includes(to) && !isGood(tip)) throw await explain(to, tip, [to], { ...request, ...reader });
    const verdicts = others.length === 0 ? new Map<string, Verdict>() : await readVerdicts(others, reader);
    const bad = others.filter((commit) => !isGood(verdicts.get(commit)));
    const [first] = bad;
    if (first !== undefined) {
      const judged = bad.filter((commit) => verdicts.has(commit));
      throw await explain(first, verdicts.get(first), judged, { ...request, ...reader });
    }
    const objection = await findObjection(required, reader);
    if (objection !== null) throw reportContradiction(to, objection.stderr);
    const tipSigner = isGood(tip) ? toSigner(tip) : null;
    const all = required.flatMap((commit) => (commit === to ? tip : verdicts.get(commit)) ?? []);
    return { verified: required.length, signers: listOnce(all.map(toSigner)), tipSigner };
  });
}

/** Only G is good: U is a valid signature by a key that is not allowed. */
function isGood(verdict: Verdict | undefined): verdict is Verdict {
  return verdict?.letter === "G";
}

async function explain(
  commit: string,
  verdict: Verdict | undefined,
  bad: readonly string[],
  request: HistoryRequest,
): Promise<AgentError> {
  const said = (await findObjection([commit], request))?.stderr ?? "";
  const head = await readCommitHead(commit, request);
  const refusal = {
    verdict: verdict ?? { commit, letter: "?", signer: "", key: "" },
    head,
    said,
    untrusted: bad.length,
    rules: request.rules,
  };
  return explainInability(said) ?? reportUntrusted(refusal);
}

function toSigner({ signer, key }: Verdict): Signer {
  return { name: signer, key };
}

function listOnce(signers: readonly Signer[]): readonly Signer[] {
  return [...new Map(signers.map((signer) => [`${signer.key} ${signer.name}`, signer])).values()];
}
