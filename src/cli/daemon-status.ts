/** The line that `systemctl status gitops-agent` shows. */

import { chooseStaleAfterMs, summarize } from "../core/health/headline.ts";
import { AgentError } from "../core/model/errors.ts";
import type { SyncFailure } from "../core/model/failure.ts";
import type { Intent } from "../core/model/intent.ts";
import type { Inventory } from "../core/model/inventory.ts";
import type { SyncRecord } from "../core/model/sync-record.ts";

export interface StatusLineInput {
  readonly nowMs: number;
  readonly intervalMs: number;
  /** The record that the last round wrote. */
  readonly record: SyncRecord;
  readonly stateFailure: SyncFailure | null;
  loadInventory(): Promise<Inventory>;
  loadIntent(): Promise<Intent>;
}

/** The headline, as `status` would show it now, in one line; or why it cannot be told. */
export async function chooseStatusLine(input: StatusLineInput): Promise<string> {
  const { record, nowMs, intervalMs, stateFailure } = input;
  try {
    return summarize({
      nowMs,
      staleAfterMs: chooseStaleAfterMs(intervalMs),
      isAgentRunning: true,
      stateFailure,
      systemdFailure: record.lookFailure,
      inventory: await input.loadInventory(),
      intent: await input.loadIntent(),
      record,
      drift: record.drift,
    });
  } catch (error) {
    if (!(error instanceof AgentError)) throw error;
    return error.message;
  }
}
