/**
 * Keeps the state of a round in memory and writes it through to the disk: the agent reads the disk only when it starts and
 * at the beginning of a round. A record or history that cannot be written is kept in memory, so that the daemon does not
 * report what was true before the disk was full. The caller that saves gets the error all the same. Must not hide that a
 * write failed.
 */
import { AgentError } from "../core/model/errors.ts";
import type { SyncFailure } from "../core/model/failure.ts";
import type { History } from "../core/model/history.ts";
import type { Intent } from "../core/model/intent.ts";
import type { Inventory } from "../core/model/inventory.ts";
import type { SyncRecord } from "../core/model/sync-record.ts";
import type { Clock, EventSink } from "../core/ports/run.ts";
import type { HistoryPort, StatePort } from "../core/ports/state.ts";
import { describeFailure } from "./failure.ts";

export interface StateMemoryPorts {
  readonly state: StatePort;
  readonly history: HistoryPort;
  readonly events: EventSink;
  readonly clock: Clock;
}

type Part = "inventory" | "intent" | "syncRecord" | "history";

/**
 * The state of one round: read from the disk once, and written through. An inventory or an intent that could not be written
 * is not kept: the agent changes the host only by what is on disk, since a killed agent goes on from there.
 */
export class StateMemory {
  readonly state: StatePort;
  readonly history: HistoryPort;
  readonly #disk: StateMemoryPorts;
  readonly #unwritten = new Set<Part>();
  #failure: SyncFailure | null = null;
  #inventory: Inventory | null = null;
  #syncRecord: SyncRecord | null = null;
  #history: History | null = null;
  #intent: Intent | null = null;

  constructor(disk: StateMemoryPorts) {
    this.#disk = disk;
    const { state, history } = disk;
    this.state = {
      loadInventory: async () => (this.#inventory ??= await state.loadInventory()),
      saveInventory: async (inventory) => {
        await this.#save("inventory", () => state.saveInventory(inventory));
        this.#inventory = inventory;
      },
      loadIntent: async () => (this.#intent ??= await state.loadIntent()),
      saveIntent: async (intent) => {
        await this.#save("intent", () => state.saveIntent(intent));
        this.#intent = intent;
      },
      loadSyncRecord: async () => (this.#syncRecord ??= await state.loadSyncRecord()),
      saveSyncRecord: async (record) => {
        this.#syncRecord = record;
        await this.#save("syncRecord", () => state.saveSyncRecord(record));
      },
    };
    this.history = {
      load: async () => (this.#history ??= await history.load()),
      save: async (entries) => {
        this.#history = entries;
        await this.#save("history", () => history.save(entries));
      },
    };
  }

  /** Why a part of the state is not on disk, and since when; null when all of it is. */
  get failure(): SyncFailure | null {
    return this.#failure;
  }

  /**
   * Call this at the beginning of a round. Writes again what could not be written before; if that fails again, the failure
   * stays as it is. Forgets what is on disk, so that it is read again: somebody may have restored a backup, or damaged a
   * file.
   * @throws AgentError `state-unreadable`
   */
  async beginRound(): Promise<void> {
    try {
      // These two are saved as they are on disk, only to see whether the disk takes a write again.
      if (this.#unwritten.has("intent")) await this.state.saveIntent(await this.state.loadIntent());
      if (this.#unwritten.has("inventory")) await this.state.saveInventory(await this.state.loadInventory());
      if (this.#unwritten.has("syncRecord") && this.#syncRecord !== null)
        await this.state.saveSyncRecord(this.#syncRecord);
      if (this.#unwritten.has("history") && this.#history !== null) await this.history.save(this.#history);
    } catch (error) {
      if (!(error instanceof AgentError) || error.code !== "state-unwritable") throw error;
    }
    this.#inventory = null;
    this.#intent = null;
    if (!this.#unwritten.has("syncRecord")) this.#syncRecord = null;
    if (!this.#unwritten.has("history")) this.#history = null;
  }

  async #save(part: Part, write: () => Promise<void>): Promise<void> {
    const { events, clock } = this.#disk;
    try {
      await write();
    } catch (error) {
      this.#unwritten.add(part);
      const before = this.#failure;
      this.#failure = describeFailure(error, before, new Date(clock.now()).toISOString());
      if (before === null) events.emit({ type: "state.failed", failure: this.#failure });
      throw error;
    }
    this.#unwritten.delete(part);
    if (this.#failure === null || this.#unwritten.size > 0) return;
    const { since } = this.#failure;
    this.#failure = null;
    events.emit({ type: "state.recovered", since });
  }
}
