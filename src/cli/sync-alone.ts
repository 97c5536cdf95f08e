/** A sync in this process, for when no daemon runs: under the same lock, and by the same reconciler. */
import type { SyncOutcome } from "../api/types.ts";
import type { SyncRequest } from "../core/model/sync-request.ts";
import type { AgentFile } from "./agent-file.ts";
import { compose, loadAgentConfig } from "./compose.ts";
import { openLog } from "./compose-log.ts";
import { describeOutcome } from "./sync-outcome.ts";

/** @throws AgentError `config-invalid`, `agent-locked`, `host-write-failed` when the state directory cannot be used */
export async function syncAlone(
  file: AgentFile,
  request: SyncRequest,
  { log, signal }: { readonly log: boolean; readonly signal: AbortSignal },
): Promise<SyncOutcome> {
  const config = await loadAgentConfig(file);
  const composition = compose(config, log ? [openLog(config)] : []);
  const lock = await composition.lock(0);
  try {
    const nextHint = async (over: AbortSignal) => {
      await composition.ports.clock.sleep(config.intervalMs, over);
      return "time" as const;
    };
    const round = { cause: "asked", nextHint, beginFullLook: async () => {}, ...request } as const;
    return describeOutcome(await composition.reconciler.reconcile(round, signal));
  } finally {
    await lock.release();
    composition.close();
  }
}
