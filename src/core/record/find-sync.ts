/** Finds a sync of the past by what a person types: the beginning of a commit id, or `@N` as `history` numbers them. Pure. */
import { AgentError } from "../model/errors.ts";
import type { History, HistoryEntry } from "../model/history.ts";
import type { Revision } from "../model/revision.ts";

const minPrefixLength = 4;

/**
 * Finds the newest sync of a revision, or the N-th newest of all.
 * @param name the first digits of a commit id, four at least; or `@1` for the newest sync, `@2` for the one before it
 * @throws AgentError `revision-not-found`; `usage` when the name is neither, or means several commits
 */
export function findSync({ entries }: History, name: string): HistoryEntry {
  const [, number] = /^@([1-9]\d{0,4})$/.exec(name) ?? [];
  if (number !== undefined) return entries.at(-Number(number)) ?? notFound(name);
  if (!/^[0-9a-f]+$/.test(name) || name.length < minPrefixLength) {
    throw new AgentError("usage", `${name} is neither the beginning of a commit id nor @N`, {
      hint: `write ${minPrefixLength} digits of the commit at least, or @N as gitops-agent history numbers the syncs`,
    });
  }
  const found = entries.filter(({ revision }) => revision.commit.startsWith(name));
  const commits = new Set(found.map(({ revision }) => revision.commit));
  if (commits.size > 1) {
    const all = [...commits].map((commit) => commit.slice(0, name.length + minPrefixLength)).join(", ");
    throw new AgentError("usage", `${name} means several commits: ${all}`, {
      hint: "write more of its digits",
    });
  }
  return found.at(-1) ?? notFound(name);
}

/** The revision that was applied last before another one took its place; null when there is none. */
export function findEarlier({ entries }: History, applied: Revision): Revision | null {
  return (
    entries.findLast((entry) => entry.applied !== null && entry.applied.commit !== applied.commit)?.applied ??
    null
  );
}

/**
 * The revision as it was applied.
 * @throws AgentError `revision-not-found` when this host never had it
 */
export function findApplied({ entries }: History, commit: string): Revision {
  const found = entries.find(({ applied }) => applied?.commit === commit)?.applied ?? null;
  if (found !== null) return found;
  throw new AgentError("revision-not-found", `${commit.slice(0, 7)} was never applied on this host`, {
    subject: commit,
    hint: "gitops-agent history lists the revisions that were",
  });
}

function notFound(name: string): never {
  throw new AgentError("revision-not-found", `the history of this host has no sync ${name}`, {
    hint: "gitops-agent history -n 200 shows all that it has",
  });
}
