/** `gitops-agent sync`: tells the daemon to sync now, or, when none runs, syncs itself under the same lock. */
import { connectAgent } from "../../api/client.ts";
import type { SyncOutcome } from "../../api/types.ts";
import { ExitCode } from "../../core/model/errors.ts";
import type { SyncRequest } from "../../core/model/sync-request.ts";
import { isNotRunning } from "../ask.ts";
import { compose, loadAgentConfig, openLog } from "../compose.ts";
import { readScreen, writeJson, writeText } from "../output.ts";
import { renderFailure, renderSyncOutcome } from "../render/sync.ts";
import { describeOutcome } from "../sync-outcome.ts";

export async function runSync(options: {
  readonly config: string;
  readonly json: boolean;
  readonly request: SyncRequest;
}): Promise<ExitCode> {
  const outcome = await requestSync(options);
  if (options.json) writeJson(outcome);
  else if (outcome.outcome === "failed") process.stderr.write(renderFailure(outcome.failure, readScreen()));
  else writeText(renderSyncOutcome(outcome, readScreen()));
  return outcome.outcome !== "failed" && outcome.failedUnits.length === 0 ? ExitCode.inSync : ExitCode.failed;
}

/** Asks the daemon, or does the work here when none runs. */
export async function requestSync(options: {
  readonly config: string;
  readonly json: boolean;
  readonly request: SyncRequest;
}): Promise<SyncOutcome> {
  const config = await loadAgentConfig(options.config);
  const { signal } = new AbortController();
  try {
    return await connectAgent(config.paths.runtimeDirectory).requestSync(options.request, signal);
  } catch (error) {
    if (!isNotRunning(error)) throw error;
  }
  const composition = compose(config, options.json ? [] : [openLog(config)]);
  const lock = await composition.lock(0);
  try {
    const nextHint = async (over: AbortSignal) => {
      await composition.ports.clock.sleep(config.intervalMs, over);
      return "time" as const;
    };
    const round = { cause: "asked", nextHint, beginFullLook: async () => {}, ...options.request } as const;
    return describeOutcome(await composition.reconciler.reconcile(round, signal));
  } finally {
    await lock.release();
    composition.close();
  }
}
