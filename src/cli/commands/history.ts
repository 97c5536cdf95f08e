/** `gitops-agent history`: asks the daemon, or, when there is none, reads what the last one has written. */
import { connectAgent } from "../../api/client.ts";
import { ExitCode } from "../../core/errors.ts";
import type { History } from "../../core/history.ts";
import { compose, loadAgentConfig } from "../compose.ts";
import { readScreen, writeJson, writeText } from "../output.ts";
import { renderHistory } from "../render/history.ts";
import { isNotRunning, requireReadableState } from "./status.ts";

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

async function readHistory(configPath: string): Promise<History> {
  const config = await loadAgentConfig(configPath);
  try {
    return await connectAgent(config.paths.runtimeDirectory).readHistory(new AbortController().signal);
  } catch (error) {
    if (!isNotRunning(error)) throw error;
  }
  await requireReadableState(config.paths.stateDirectory);
  const composition = compose(config, () => {});
  try {
    return await composition.ports.history.load();
  } finally {
    composition.close();
  }
}
