/** Where the agent keeps what it must remember. Contracts only. */

import type { History } from "../model/history.ts";
import type { Inventory } from "../model/inventory.ts";
import type { SyncRecord } from "../model/sync-record.ts";

export interface StatePort {
  /** @throws AgentError `state-unreadable` */
  loadInventory(): Promise<Inventory>;
  /** @throws AgentError `state-unwritable`, as `saveSyncRecord` does */
  saveInventory(inventory: Inventory): Promise<void>;
  loadSyncRecord(): Promise<SyncRecord>;
  saveSyncRecord(record: SyncRecord): Promise<void>;
}

export interface HistoryPort {
  load(): Promise<History>;
  /** @throws AgentError `state-unwritable` */
  save(history: History): Promise<void>;
}
