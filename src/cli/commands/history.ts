/** `gitops-agent history`: asks the daemon, or, when none runs, reads the history that the last one wrote. */
import { AgentError, ExitCode } from "../../core/model/errors.ts";
import type { History, HistoryEntry } from "../../core/model/history.ts";
import { findSync } from "../../core/record/find-sync.ts";
import { OutputTooLong } from "../../lib/program.ts";
import type { AgentFile } from "../agent-file.ts";
import { askOrLook } from "../ask.ts";
import { readScreen, writeJson, writeText } from "../output.ts";
import { renderHistory } from "../render/history.ts";
import { renderSync } from "../render/history-sync.ts";

interface HistoryOptions {
  readonly config: AgentFile;
  readonly json: boolean;
}

/** @param options.count how many of the newest syncs */
export async function runHistory(options: HistoryOptions & { readonly count: number }): Promise<ExitCode> {
  const history = await readHistory(options.config);
  const shown = { ...history, entries: history.entries.slice(-options.count) };
  if (options.json) writeJson(shown);
  else writeText(renderHistory(shown, { ...readScreen(), now: Date.now() }));
  return ExitCode.inSync;
}

/**
 * Shows one sync with all that it did, and the difference between its revision and the one before.
 * @throws AgentError `usage`, `revision-not-found`
 */
export async function runHistorySync(name: string, { config, json }: HistoryOptions): Promise<ExitCode> {
  const history = await readHistory(config);
  const sync = findSync(history, name);
  const before = history.entries[history.entries.indexOf(sync) - 1]?.applied ?? null;
  const diff = before === null ? null : await readDiff(config, before.commit, sync);
  if (json) writeJson({ version: 1, sync, before, diff: diff?.text ?? null, noDiff: diff?.reason ?? null });
  else writeText(renderSync({ sync, before, diff }, { ...readScreen(), now: Date.now() }));
  return ExitCode.inSync;
}

export function readHistory(file: AgentFile): Promise<History> {
  return askOrLook(file, {
    ask: (agent, signal) => agent.readHistory(signal),
    look: ({ ports }) => ports.history.load(),
  });
}

export interface SyncDiff {
  /** Null when it cannot be read; `reason` says why. */
  readonly text: string | null;
  readonly reason: string | null;
}

/** Reads the clone itself, which only root may. */
async function readDiff(file: AgentFile, before: string, { revision }: HistoryEntry): Promise<SyncDiff> {
  const { compose, loadAgentConfig } = await import("../compose.ts");
  try {
    const composition = compose(await loadAgentConfig(file), []);
    const reading = composition.diffCommits(before, revision.commit, new AbortController().signal);
    const text = await reading.finally(() => composition.close());
    return { text, reason: text === null ? "the local clone does not have both commits any more" : null };
  } catch (error) {
    if (error instanceof AgentError) return { text: null, reason: error.message };
    if (!(error instanceof OutputTooLong)) throw error;
    const range = `${before.slice(0, 12)} ${revision.commit.slice(0, 12)}`;
    return { text: null, reason: `it is too long; in a checkout: git diff ${range}` };
  }
}
