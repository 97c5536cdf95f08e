/** What the agent remembers between two lives, and the credentials that it has laid down. */
import { emptyHistory } from "../../../src/core/model/history.ts";
import { emptyIntent } from "../../../src/core/model/intent.ts";
import { emptyInventory, type Inventory } from "../../../src/core/model/inventory.ts";
import { emptySyncRecord } from "../../../src/core/model/sync-record.ts";
import type { CredentialStorePort } from "../../../src/core/ports/secrets.ts";
import type { HistoryPort, StatePort } from "../../../src/core/ports/state.ts";
import type { Effects } from "./effects.ts";

/** The inventory on disk; of the other records nothing is asked. */
export class MemoryState {
  inventory: Inventory = emptyInventory;
  readonly #effects: Effects;

  constructor(effects: Effects) {
    this.#effects = effects;
  }

  readonly port: StatePort = {
    loadInventory: async () => this.inventory,
    saveInventory: async (inventory) => {
      this.#effects.pass(inventory.applying === null ? "finish" : "save");
      this.inventory = inventory;
    },
    loadSyncRecord: async () => emptySyncRecord,
    saveSyncRecord: async () => undefined,
    loadIntent: async () => emptyIntent,
    saveIntent: async () => undefined,
  };
}

export const noHistory: HistoryPort = { load: async () => emptyHistory, save: async () => undefined };

export class MemoryCredentials {
  /** The one in use; null before the first. */
  current: string | null = null;
  /** Generation → its files, `web.service/db-password`. */
  readonly #generations = new Map<string, ReadonlySet<string>>();
  #written = 0;
  readonly #effects: Effects;

  constructor(effects: Effects) {
    this.#effects = effects;
  }

  readonly port: CredentialStorePort = {
    writeGeneration: async (secrets) => {
      this.#written += 1;
      const generation = `g${this.#written}`;
      this.#effects.pass("generation", generation);
      this.#generations.set(generation, new Set(secrets.map(({ unit, name }) => `${unit}/${name}`)));
      return generation;
    },
    activate: async (generation) => {
      this.#effects.pass("activate", generation);
      if (!this.#generations.has(generation)) throw new Error(`there is no generation ${generation}`);
      this.current = generation;
    },
    findAltered: async () => new Map(),
    readComplete: async (credentials) => {
      const files = this.#generations.get(this.current ?? "");
      const isComplete = credentials.every(({ unit, name }) => files?.has(`${unit}/${name}`) === true);
      return isComplete ? this.current : null;
    },
    removeOthers: async (keep) => {
      this.#effects.pass("remove-generations");
      for (const name of this.#generations.keys()) if (!keep.includes(name)) this.#generations.delete(name);
    },
  };
}
