/** What the agent needs to save and load its state. Contracts only. */

import type { AlertRecord } from "../model/alert.ts";
import type { History } from "../model/history.ts";
import type { Intent } from "../model/intent.ts";
import type { Inventory } from "../model/inventory.ts";
import type { SyncRecord } from "../model/sync-record.ts";

export interface StatePort {
  /**
   * The inventory as last saved; the empty one when none was saved.
   * @throws AgentError `state-unreadable` when the file is not a valid inventory of a known version
   */
  loadInventory(): Promise<Inventory>;
  /** @throws AgentError `state-unwritable`; the old inventory then stays in place */
  saveInventory(inventory: Inventory): Promise<void>;
  /**
   * The record of past syncs; the empty one when none was saved or it is unusable, because no decision about the host
   * depends on it.
   */
  loadSyncRecord(): Promise<SyncRecord>;
  /** @throws AgentError `state-unwritable` */
  saveSyncRecord(record: SyncRecord): Promise<void>;
  /**
   * The intent: decisions of people that are not carried out yet; the empty one when none was saved or it is unusable.
   */
  loadIntent(): Promise<Intent>;
  /** @throws AgentError `state-unwritable` */
  saveIntent(intent: Intent): Promise<void>;
}

export interface HistoryPort {
  /** The history as last saved; the empty one when none was saved, or when it is unusable. */
  load(): Promise<History>;
  /** @throws AgentError `state-unwritable` */
  save(history: History): Promise<void>;
}

export interface AlertPort {
  /** What was told of alerts; nothing when none was saved, or when the file is unusable. */
  load(): Promise<AlertRecord>;
  /** @throws AgentError `state-unwritable` */
  save(record: AlertRecord): Promise<void>;
}
