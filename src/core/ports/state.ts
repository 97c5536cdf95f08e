/** Where the agent keeps what it must remember. Contracts only. */

import type { History } from "../model/history.ts";
import type { Intent } from "../model/intent.ts";
import type { Inventory } from "../model/inventory.ts";
import type { SyncRecord } from "../model/sync-record.ts";

export interface StatePort {
  /**
   * The inventory as last saved; the empty one when none was.
   * @throws AgentError `state-unreadable` for what is not exactly an inventory of a version that is known
   */
  loadInventory(): Promise<Inventory>;
  /** @throws AgentError `state-unwritable`; the old inventory is then still in place */
  saveInventory(inventory: Inventory): Promise<void>;
  /** The record of past syncs; the empty one when none was saved, or when it is unusable: it decides nothing on the host. */
  loadSyncRecord(): Promise<SyncRecord>;
  /** @throws AgentError `state-unwritable` */
  saveSyncRecord(record: SyncRecord): Promise<void>;
  /** What people have decided and is not carried out yet; nothing when none was saved, or when it is unusable. */
  loadIntent(): Promise<Intent>;
  /** @throws AgentError `state-unwritable` */
  saveIntent(intent: Intent): Promise<void>;
}

export interface HistoryPort {
  /** As last saved; the empty one when none was, or when it is unusable. */
  load(): Promise<History>;
  /** @throws AgentError `state-unwritable` */
  save(history: History): Promise<void>;
}
