/** `gitops-agent completion`, and what its scripts ask. Never fails while somebody writes: it then has no answer. */
import type { Command } from "commander";
import { connectAgent } from "../../api/client.ts";
import { type AgentFile, findAgentFile } from "../agent-file.ts";
import { findCandidates } from "../candidates.ts";
import { findRuntimeDirectory } from "../compose-sockets.ts";
import { writeText } from "../output.ts";
import { renderCompletion, type Shell } from "../render/completion.ts";

/** Longer than the daemon takes; nobody waits longer for a key. */
const timeoutMs = 2_000;

export function runCompletion(shell: Shell): void {
  writeText(renderCompletion(shell));
}

/** Prints what may stand next, one word a line. @param words after the name of the program; the last one is being written */
export async function runComplete(program: Command, words: readonly string[]): Promise<void> {
  const { units, revisions, words: known } = findCandidates(program, words);
  const written = words.at(-1) ?? "";
  const names = units && !written.startsWith("/") ? await listUnits(words) : [];
  const syncs = revisions ? await listSyncs(words) : [];
  const fitting = [...known, ...names, ...syncs].filter((word) => word.startsWith(written));
  writeText(fitting.map((word) => `${word}\n`).join(""));
}

/** The units that the daemon manages; none when it does not answer. */
async function listUnits(words: readonly string[]): Promise<readonly string[]> {
  try {
    const agent = connectAgent(await findRuntimeDirectory(await findNamedAgent(words)));
    const { units } = await agent.readStatus(AbortSignal.timeout(timeoutMs));
    return units.map(({ name }) => name);
  } catch {
    return [];
  }
}

/** The syncs of the history by both their names, the newest first; none when the daemon does not answer. */
async function listSyncs(words: readonly string[]): Promise<readonly string[]> {
  try {
    const agent = connectAgent(await findRuntimeDirectory(await findNamedAgent(words)));
    const { entries } = await agent.readHistory(AbortSignal.timeout(timeoutMs));
    const commits = entries.toReversed().map(({ revision }) => revision.commit.slice(0, 12));
    return [...commits.map((_, index) => `@${index + 1}`), ...new Set(commits)];
  } catch {
    return [];
  }
}

/** The agent that the words before are about. */
async function findNamedAgent(words: readonly string[]): Promise<AgentFile> {
  const option = words.findIndex((word) => word === "-c" || word === "--config");
  const config = option < 0 ? undefined : words[option + 1];
  return findAgentFile({ ...(config === undefined ? {} : { config }), user: words.includes("--user") });
}
