/** `gitops-agent sync`: tells the daemon to sync now, or, when none runs, syncs itself under the same lock. */
import { connectAgent } from "../../api/client.ts";
import type { SyncOutcome } from "../../api/types.ts";
import { ExitCode } from "../../core/model/errors.ts";
import type { SyncRequest } from "../../core/model/sync-request.ts";
import type { AgentFile } from "../agent-file.ts";
import { isNotRunning } from "../ask.ts";
import { findRuntimeDirectory } from "../compose-sockets.ts";
import { readScreen, writeError, writeJson, writeText } from "../output.ts";
import { renderFailure, renderSyncOutcome } from "../render/sync.ts";
import { withProgress } from "../sync-progress.ts";

export interface SyncOptions {
  readonly config: AgentFile;
  readonly json: boolean;
  readonly request: SyncRequest;
}

export async function runSync(options: SyncOptions): Promise<ExitCode> {
  const outcome = await requestSync(options);
  if (options.json) writeJson(outcome);
  else if (outcome.outcome === "failed") writeError(renderFailure(outcome.failure, readScreen()));
  else writeText(renderSyncOutcome(outcome, readScreen()));
  return exitCodeOfSync(outcome);
}

export function exitCodeOfSync(outcome: SyncOutcome): ExitCode {
  if (outcome.outcome === "failed") return ExitCode.failed;
  if (outcome.outcome === "waiting") return ExitCode.differences;
  return outcome.failedUnits.length === 0 ? ExitCode.inSync : ExitCode.failed;
}

/** Asks the daemon, or does the work here when none runs. */
export async function requestSync({ config, json, request }: SyncOptions): Promise<SyncOutcome> {
  const agent = connectAgent(await findRuntimeDirectory(config));
  const { signal } = new AbortController();
  try {
    const ask = () => agent.requestSync(request, signal);
    return await (json ? ask() : withProgress(agent, process.stderr, ask));
  } catch (error) {
    if (!isNotRunning(error)) throw error;
  }
  // Loaded only now: a sync that the daemon does needs no more here than the answer.
  const { syncAlone } = await import("../sync-alone.ts");
  return syncAlone(config, request, { log: !json, signal });
}
