/** `gitops-agent history`: asks the daemon, or, when none runs, reads the history that the last one wrote. */
import { ExitCode } from "../../core/model/errors.ts";
import type { History } from "../../core/model/history.ts";
import { askOrLook } from "../ask.ts";
import { readScreen, writeJson, writeText } from "../output.ts";
import { renderHistory } from "../render/history.ts";

/** @param options.count how many of the newest syncs */
export async function runHistory(options: {
  readonly config: string;
  readonly json: boolean;
  readonly count: number;
}): Promise<ExitCode> {
  const history = await readHistory(options.config);
  const shown = { ...history, entries: history.entries.slice(-options.count) };
  if (options.json) writeJson(shown);
  else writeText(renderHistory(shown, { ...readScreen(), now: Date.now() }));
  return ExitCode.inSync;
}

function readHistory(configPath: string): Promise<History> {
  return askOrLook(configPath, {
    ask: (agent, signal) => agent.readHistory(signal),
    look: ({ ports }) => ports.history.load(),
  });
}
