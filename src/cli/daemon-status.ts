/** The line that `systemctl status gitops-agent` shows. */
import { AgentError } from "../core/errors.ts";
import { chooseStaleAfterMs, summarize } from "../core/headline.ts";
import type { Inventory } from "../core/state.ts";
import type { SyncFailure, SyncRecord } from "../core/sync-record.ts";

export interface StatusLineInput {
  readonly nowMs: number;
  readonly intervalMs: number;
  /** As the last round left it. */
  readonly record: SyncRecord;
  readonly stateFailure: SyncFailure | null;
  loadInventory(): Promise<Inventory>;
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
      record,
      findings: record.findings,
    });
  } catch (error) {
    if (!(error instanceof AgentError)) throw error;
    return error.message;
  }
}
