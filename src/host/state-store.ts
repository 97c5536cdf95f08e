/**
 * Keeps what the agent must remember between runs: inventory.json and sync.json in the state directory.
 * Must not repair or guess: a wrong inventory would prune or restart the wrong things.
 */
import { mkdir } from "node:fs/promises";
import path from "node:path";
import type { z } from "zod";
import { AgentError, type Diagnostic } from "../core/errors.ts";
import { emptyInventory } from "../core/inventory.ts";
import type { Inventory } from "../core/state.ts";
import { emptySyncRecord, type SyncRecord } from "../core/sync-record.ts";
import { removeTemporaries, writeFileAtomically } from "../lib/atomic-file.ts";
import { readBoundedFile } from "../lib/bounded-file.ts";
import { errnoOf, explainSystemError } from "../lib/system-error.ts";
import { inventorySchema, syncRecordSchema } from "./state-schema.ts";

const supportedVersion = 1;
const limitBytes = 64 * 1024 * 1024;
const inventoryHint =
  "restore the file from a backup; or move it away: the next sync then takes over the files that match git, but no longer knows which others were its own";

export interface StateStoreOptions {
  readonly stateDirectory: string;
  /** Told when sync.json was unusable and the record of past syncs is started anew. */
  readonly warn: (diagnostic: Diagnostic) => void;
}

/** Implements the agent's StatePort. Files have mode 0600, the directory 0700. */
export class StateStore {
  readonly inventoryPath: string;
  readonly syncRecordPath: string;
  readonly #directory: string;
  readonly #warn: (diagnostic: Diagnostic) => void;

  constructor(options: StateStoreOptions) {
    this.#directory = options.stateDirectory;
    this.#warn = options.warn;
    this.inventoryPath = path.join(this.#directory, "inventory.json");
    this.syncRecordPath = path.join(this.#directory, "sync.json");
  }

  /**
   * The inventory as last saved; the empty one when there is no file.
   * @throws AgentError `state-unreadable` for a file that is not exactly an inventory of a version we know
   */
  async loadInventory(): Promise<Inventory> {
    return (await readState(this.inventoryPath, inventorySchema, inventoryHint)) ?? emptyInventory;
  }

  /** @throws AgentError `host-write-failed`; the old inventory is then still in place */
  async saveInventory(inventory: Inventory): Promise<void> {
    await this.#write(this.inventoryPath, inventory);
  }

  /**
   * The record of past syncs; the empty one when there is no file. It decides nothing on the host, so an unusable
   * file does not stop the agent: `warn` is told, and the record is the empty one.
   */
  async loadSyncRecord(): Promise<SyncRecord> {
    try {
      return (await readState(this.syncRecordPath, syncRecordSchema, "")) ?? emptySyncRecord;
    } catch (error) {
      if (!(error instanceof AgentError)) throw error;
      this.#warn({
        severity: "warning",
        code: error.code,
        file: this.syncRecordPath,
        message: `${error.message}; the record of past syncs is started anew`,
        hint: "a revision that had been rejected is tried once more; nothing else depends on this file",
      });
      return emptySyncRecord;
    }
  }

  /** @throws AgentError `host-write-failed` */
  async saveSyncRecord(record: SyncRecord): Promise<void> {
    await this.#write(this.syncRecordPath, record);
  }

  async #write(file: string, value: Inventory | SyncRecord): Promise<void> {
    try {
      await mkdir(this.#directory, { recursive: true, mode: 0o700 });
      // Only the process that holds the agent's lock saves, so this can only be what a killed one left.
      await removeTemporaries(this.#directory, path.basename(file));
      await writeFileAtomically(file, Buffer.from(`${JSON.stringify(value)}\n`), { mode: 0o600 });
    } catch (error) {
      const { what, hint } = explainSystemError(error);
      throw new AgentError("host-write-failed", `cannot write ${file}: ${what}`, {
        subject: file,
        hint,
        cause: error,
      });
    }
  }
}

/** Null when there is no file. */
async function readState<Value>(file: string, schema: z.ZodType<Value>, hint: string): Promise<Value | null> {
  const bytes = await readBytes(file);
  if (bytes === null) return null;
  const json = parseJson(bytes, file, hint);
  const version = readVersion(json);
  if (version !== undefined && version > supportedVersion) {
    throw unreadable(
      file,
      `it has version ${version}, and this gitops-agent knows versions up to ${supportedVersion}`,
      `install the gitops-agent that wrote it, or a newer one`,
    );
  }
  const result = schema.safeParse(json);
  if (result.success) return result.data;
  const issue = result.error.issues[0];
  const place = issue === undefined || issue.path.length === 0 ? "the top level" : issue.path.join(" → ");
  throw unreadable(file, `${place}: ${issue?.message ?? "unexpected content"}`, hint, result.error);
}

async function readBytes(file: string): Promise<Uint8Array | null> {
  try {
    return (await readBoundedFile(file, { limitBytes, symlink: "refuse" })).bytes;
  } catch (error) {
    if (errnoOf(error) === "ENOENT") return null;
    const { what, hint } = explainSystemError(error);
    throw unreadable(file, what, hint, error);
  }
}

function parseJson(bytes: Uint8Array, file: string, hint: string): unknown {
  const size = bytes.byteLength;
  try {
    return JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
  } catch (error) {
    throw unreadable(
      file,
      size === 0 ? "it is empty" : `it is damaged or cut off (${size} bytes)`,
      hint,
      error,
    );
  }
}

function readVersion(json: unknown): number | undefined {
  if (typeof json !== "object" || json === null || !("version" in json)) return undefined;
  return typeof json.version === "number" ? json.version : undefined;
}

function unreadable(file: string, what: string, hint: string, cause?: unknown): AgentError {
  return new AgentError("state-unreadable", `cannot use ${file}: ${what}`, { subject: file, hint, cause });
}
