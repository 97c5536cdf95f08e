/** `gitops-agent sync`: has the daemon sync now, or, when there is none, does it itself under the same lock. */
import { connectAgent } from "../../api/client.ts";
import type { SyncOutcome } from "../../api/types.ts";
import { AgentError, ExitCode } from "../../core/errors.ts";
import type { SyncFailure } from "../../core/sync-record.ts";
import { compose, loadAgentConfig, openLog } from "../compose.ts";
import { readScreen, writeJson, writeText } from "../output.ts";
import { renderSyncOutcome } from "../render/sync.ts";
import { describeOutcome } from "../sync-outcome.ts";
import { isNotRunning } from "./status.ts";

export async function runSync(options: {
  readonly config: string;
  readonly json: boolean;
}): Promise<ExitCode> {
  const outcome = await requestSync(options);
  if (options.json) writeJson(outcome);
  else if (outcome.outcome === "failed") throw toError(outcome.failure);
  else writeText(renderSyncOutcome(outcome, readScreen()));
  return outcome.outcome === "applied" && outcome.failedUnits.length === 0
    ? ExitCode.inSync
    : ExitCode.failed;
}

async function requestSync(options: {
  readonly config: string;
  readonly json: boolean;
}): Promise<SyncOutcome> {
  const config = await loadAgentConfig(options.config);
  const { signal } = new AbortController();
  try {
    return await connectAgent(config.paths.runtimeDirectory).requestSync(signal);
  } catch (error) {
    if (!isNotRunning(error)) throw error;
  }
  const composition = compose(config, options.json ? () => {} : openLog(config));
  const lock = await composition.lock(0);
  try {
    return describeOutcome(await composition.reconciler.reconcile({ force: true }, signal));
  } finally {
    await lock.release();
    composition.close();
  }
}

/** The failure as the error that the command would have thrown itself. */
function toError(failure: SyncFailure): AgentError {
  const details = failure.details.length === 0 ? "" : `\n${failure.details.join("\n")}`;
  return new AgentError("sync-failed", `${failure.message}${details}`, {
    ...(failure.hint === null ? {} : { hint: failure.hint }),
  });
}
