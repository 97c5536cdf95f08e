/**
 * Keeps what the agent must remember between runs: inventory.json, sync.json and intent.json in the state directory.
 * Must not repair or guess: with a wrong inventory the agent would prune or restart the wrong things.
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
import { recallFindings } from "../core/record/findings.ts";
import { intentSchema, syncRecordSchema, type WrittenIntent, type WrittenRecord } from "./record-schema.ts";
import { StateFile } from "./state-file.ts";
import { inventorySchema, type WrittenInventory } from "./state-schema.ts";
import { stateVersions } from "./state-versions.ts";

/**
 * How far, in milliseconds, `polledAt` in sync.json may lag behind: a command without a daemon sees it this much too
 * old.
 */
const polledAtLagMs = 60_000;
const inventoryHint =
  "restore the file from a backup; or move it away: the next sync then takes over the files that match git, but no longer knows which others were its own";

export interface StateStoreOptions {
  readonly stateDirectory: string;
  /** Called when sync.json or intent.json is unusable and the agent goes on without it. */
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
  readonly #intent: StateFile<WrittenIntent>;
  readonly #syncRecord: StateFile<WrittenRecord>;
  /** When the repository last answered, while that is newer than in sync.json. */
  #polledAt: string | null = null;

  constructor(options: StateStoreOptions) {
    this.#warn = options.warn;
    this.inventoryPath = path.join(options.stateDirectory, "inventory.json");
    this.syncRecordPath = path.join(options.stateDirectory, "sync.json");
    this.intentPath = path.join(options.stateDirectory, "intent.json");
    const { now } = options;
    this.#intent = new StateFile({
      path: this.intentPath,
      schema: intentSchema,
      version: stateVersions["intent.json"],
      hint: "",
      now,
    });
    this.#inventory = new StateFile({
      path: this.inventoryPath,
      schema: inventorySchema,
      version: stateVersions["inventory.json"],
      hint: inventoryHint,
      now,
    });
    this.#syncRecord = new StateFile({
      path: this.syncRecordPath,
      schema: syncRecordSchema,
      version: stateVersions["sync.json"],
      hint: "",
      now,
    });
  }

  async loadInventory(): Promise<Inventory> {
    return (await this.#inventory.load()) ?? emptyInventory;
  }

  async saveInventory(inventory: Inventory): Promise<void> {
    await this.#inventory.save(inventory);
  }

  /** The record; an empty one when there is no file, or when it is unusable. `warn` is called for an unusable file. */
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
   * What people have decided; an empty intent when there is no file. An unusable file does not stop the agent: what
   * it allowed is then not allowed, and `warn` is called. Without a file, the part that an earlier version kept in
   * the inventory is used.
   */
  async loadIntent(): Promise<Intent> {
    try {
      const intent = await this.#intent.load();
      if (intent !== null) return intent.version === 2 ? intent : { ...emptyIntent, ...intent, version: 2 };
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
    await this.#intent.save(intent);
  }

  /** Warns of a file that cannot be used. The agent goes on without it. */
  #tell(error: unknown, { file, message, hint }: Pick<Diagnostic, "file" | "message" | "hint">): void {
    if (!(error instanceof AgentError)) throw error;
    const text = `${error.message}; ${message}`;
    this.#warn({ severity: "warning", code: error.code, file, message: text, ...(hint && { hint }) });
  }

  /** A poll that found nothing new is written only once a minute. Until then its time is kept in memory. */
  async saveSyncRecord(record: SyncRecord): Promise<void> {
    if (await this.#isAlmostSaved(record)) {
      this.#polledAt = record.polledAt;
      return;
    }
    await this.#syncRecord.save(record);
    this.#polledAt = null;
  }

  /** Converts a record of an earlier version. The inventory is needed to tell which phase its attempt is in. */
  async #bringUpToDate({ findings, ...written }: WrittenRecord): Promise<SyncRecord> {
    const drift = [...written.drift, ...recallFindings(findings ?? [])];
    if (written.version === 2) return findings === undefined ? written : { ...written, drift };
    const { attempted, attemptedSigner, rejection, returnFailure, signedBy, failedUnits, warnings, ...rest } =
      written;
    const earlier = { attempted, attemptedSigner, rejection, returnFailure, failedUnits };
    const at = written.polledAt ?? new Date(0).toISOString();
    const attempt = recallAttempt(earlier, await this.loadInventory(), at);
    return { ...rest, drift, version: 2, attempt, applied: { signedBy, failedUnits, warnings } };
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
