/**
 * Keeps what the agent must remember between runs: inventory.json and sync.json in the state directory.
 * Must not repair or guess: a wrong inventory would prune or restart the wrong things.
 */
import path from "node:path";
import { isDeepStrictEqual } from "node:util";
import { AgentError, type Diagnostic } from "../core/model/errors.ts";
import { emptyIntent, type Intent } from "../core/model/intent.ts";
import type { Inventory } from "../core/model/inventory.ts";
import { emptyInventory } from "../core/model/inventory.ts";
import { emptySyncRecord, type SyncRecord } from "../core/model/sync-record.ts";
import type { StatePort } from "../core/ports/state.ts";
import { recallAttempt } from "../core/record/attempt.ts";
import { intentSchema, syncRecordSchema, type WrittenRecord } from "./record-schema.ts";
import { StateFile } from "./state-file.ts";
import { inventorySchema, type WrittenInventory } from "./state-schema.ts";
import { writeState } from "./write-state.ts";

/** As old as `polledAt` may be for a command while no daemon runs. */
const polledAtLagMs = 60_000;
const inventoryHint =
  "restore the file from a backup; or move it away: the next sync then takes over the files that match git, but no longer knows which others were its own";

export interface StateStoreOptions {
  readonly stateDirectory: string;
  /** Told when sync.json was unusable and the record of past syncs is started anew. */
  readonly warn: (diagnostic: Diagnostic) => void;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
}

/** Files have mode 0600, the directory 0700. */
export class StateStore implements StatePort {
  readonly inventoryPath: string;
  readonly syncRecordPath: string;
  readonly intentPath: string;
  readonly #warn: (diagnostic: Diagnostic) => void;
  readonly #inventory: StateFile<WrittenInventory>;
  readonly #intent: StateFile<Intent>;
  readonly #syncRecord: StateFile<WrittenRecord>;
  /** When the repository last answered, as long as that is newer than what sync.json says. */
  #polledAt: string | null = null;

  constructor(options: StateStoreOptions) {
    this.#warn = options.warn;
    this.inventoryPath = path.join(options.stateDirectory, "inventory.json");
    this.syncRecordPath = path.join(options.stateDirectory, "sync.json");
    this.intentPath = path.join(options.stateDirectory, "intent.json");
    const { now } = options;
    this.#intent = new StateFile({ path: this.intentPath, schema: intentSchema, version: 1, hint: "", now });
    this.#inventory = new StateFile({
      path: this.inventoryPath,
      schema: inventorySchema,
      version: 1,
      hint: inventoryHint,
      now,
    });
    this.#syncRecord = new StateFile({
      path: this.syncRecordPath,
      schema: syncRecordSchema,
      version: 2,
      hint: "",
      now,
    });
  }

  async loadInventory(): Promise<Inventory> {
    return (await this.#inventory.load()) ?? emptyInventory;
  }

  async saveInventory(inventory: Inventory): Promise<void> {
    await writeState(this.inventoryPath, inventory);
  }

  /** `warn` is told of an unusable file. */
  async loadSyncRecord(): Promise<SyncRecord> {
    try {
      const record = await this.#bringUpToDate((await this.#syncRecord.load()) ?? emptySyncRecord);
      return this.#polledAt === null ? record : { ...record, polledAt: this.#polledAt };
    } catch (error) {
      this.#tell(error, {
        file: this.syncRecordPath,
        message: "the record of past syncs is started anew",
        hint: "a revision that had been rejected is tried once more; nothing else depends on this file",
      });
      return emptySyncRecord;
    }
  }

  /**
   * What people have decided; nothing when there is no file. An unusable one stops nothing either: what it allowed is then not
   * allowed, and `warn` is told. Where there is none, an earlier version may have kept a part of it in the inventory.
   */
  async loadIntent(): Promise<Intent> {
    try {
      const intent = await this.#intent.load();
      if (intent !== null) return intent;
    } catch (error) {
      this.#tell(error, {
        file: this.intentPath,
        message: "what people had allowed is forgotten",
        hint: "ask for it again with gitops-agent sync or adopt",
      });
      return emptyIntent;
    }
    const adopt = (await this.#inventory.load())?.adoptable ?? [];
    return adopt.length === 0 ? emptyIntent : { ...emptyIntent, adopt };
  }

  async saveIntent(intent: Intent): Promise<void> {
    await writeState(this.intentPath, intent);
  }

  /** Of a file that cannot be used, and without which the agent goes on. */
  #tell(error: unknown, { file, message, hint }: Pick<Diagnostic, "file" | "message" | "hint">): void {
    if (!(error instanceof AgentError)) throw error;
    const text = `${error.message}; ${message}`;
    this.#warn({ severity: "warning", code: error.code, file, message: text, ...(hint && { hint }) });
  }

  /** A poll that found nothing is written once a minute only: until then this object alone knows of it. */
  async saveSyncRecord(record: SyncRecord): Promise<void> {
    if (await this.#isAlmostSaved(record)) {
      this.#polledAt = record.polledAt;
      return;
    }
    await writeState(this.syncRecordPath, record);
    this.#polledAt = null;
  }

  /** A record of an earlier version says only together with the inventory where its attempt is. */
  async #bringUpToDate(written: WrittenRecord): Promise<SyncRecord> {
    if (written.version === 2) return written;
    const { attempted, attemptedSigner, rejection, returnFailure, signedBy, failedUnits, warnings, ...rest } =
      written;
    const earlier = { attempted, attemptedSigner, rejection, returnFailure, failedUnits };
    const at = written.polledAt ?? new Date(0).toISOString();
    const attempt = recallAttempt(earlier, await this.loadInventory(), at);
    return { ...rest, version: 2, attempt, applied: { signedBy, failedUnits, warnings } };
  }

  async #isAlmostSaved(record: SyncRecord): Promise<boolean> {
    const saved = await this.#syncRecord.load().catch(ignoreUnusable);
    if (saved === null || saved.polledAt === null || record.polledAt === null) return false;
    const lagMs = Math.abs(Date.parse(record.polledAt) - Date.parse(saved.polledAt));
    return lagMs < polledAtLagMs && isDeepStrictEqual({ ...record, polledAt: saved.polledAt }, saved);
  }
}

function ignoreUnusable(error: unknown): null {
  if (error instanceof AgentError) return null;
  throw error;
}
