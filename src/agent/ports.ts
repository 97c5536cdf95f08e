/**
 * What the agent needs of the world. The edges (source, secrets, systemd, host, watch, telemetry) implement these
 * structurally, without importing this file; cli/compose joins them. Must not hold behaviour.
 */

import type { UnitGlance } from "../core/health/unit-health.ts";
import type { DesiredCredential, HostFile } from "../core/model/desired.ts";
import type { AgentEvent } from "../core/model/events.ts";
import type { Inventory } from "../core/model/inventory.ts";
import type { ObservedFile, ObservedUnit, Ties } from "../core/model/observed.ts";
import type { ForeignOriginal } from "../core/model/original.ts";
import type { JobVerb } from "../core/model/plan.ts";
import type { Revision } from "../core/model/revision.ts";
import type { Snapshot, SnapshotFile } from "../core/model/snapshot.ts";
import type { SyncRecord } from "../core/model/sync-record.ts";
import type { DownCause } from "../core/model/unit-state.ts";
import type { UnitStatus } from "../core/model/unit-status.ts";
import type { History } from "../core/record/history.ts";
import type { Unmet } from "../core/units/conditions.ts";
import type { LongStart } from "../core/units/long-start.ts";

/** How a tip relates to what is applied. `unknown`: the applied commit is not in the clone any more. */
export type Ancestry = "descendant" | "rewritten" | "unknown" | "chosen";

export interface SourcePort {
  /** Whether `tip` builds on `applied`; `chosen` when the administrator follows something else than then. */
  readAncestry(applied: Revision, tip: Revision, signal: AbortSignal): Promise<Ancestry>;
  /**
   * Checks the signatures of what is in `to` and not in `from`.
   * @returns null when no verification is configured
   * @throws AgentError `revision-untrusted` naming the commit, `config-invalid`
   */
  verifyHistory(
    range: { readonly from: string | null; readonly to: Revision },
    signal: AbortSignal,
  ): Promise<{ readonly tipSigner: { readonly name: string } | null } | null>;
  /**
   * Brings the local clone up to date and returns the tip of the followed branch.
   * @throws AgentError `repository-unreachable`, `revision-not-found`, `config-invalid`, `host-write-failed`
   */
  fetch(signal: AbortSignal): Promise<Revision>;
  /**
   * Reads the files of one commit from the local clone, without network. Only paths that `wanted` accepts are read.
   * @throws AgentError `revision-not-found`, `repository-invalid` (a limit is exceeded, a submodule, a hostile name),
   *   `clone-damaged` (the next fetch makes the clone anew)
   */
  readSnapshot(revision: Revision, wanted: (path: string) => boolean, signal: AbortSignal): Promise<Snapshot>;
}

/** What the secrets room knows of one file. Only the plaintext is secret. */
export interface OpenedSecret {
  readonly bytes: Uint8Array;
  /** Of the plaintext, under this host's own key. */
  readonly digest: string;
  /** Equal keys: the same ciphertext for the same identities. */
  readonly cacheKey: string;
}

/** A decrypted secret. Lives in memory only; never logged, compared or persisted. */
export interface Plaintext {
  readonly unit: string;
  readonly name: string;
  readonly bytes: Uint8Array;
}

export interface SecretsPort {
  /**
   * Opens every file or none: repository path → secret. What is still stored and has not changed is not decrypted again.
   * @throws AgentError `secret-undecryptable` naming each file that failed, `identity-unusable`
   */
  openAll(
    files: readonly SnapshotFile[],
    stored: readonly DesiredCredential[],
  ): Promise<ReadonlyMap<string, OpenedSecret>>;
}

export interface CredentialStorePort {
  /** Path that LoadCredential= drop-ins name: follows the current generation. */
  readonly currentPath: string;
  /** Writes a whole new generation beside the current one, invisible until activated; returns its name. */
  writeGeneration(secrets: readonly Plaintext[]): Promise<string>;
  /** Makes a generation the current one, atomically. */
  activate(generation: string): Promise<void>;
  /** Name of the current generation; null when there is none (for instance after a boot), or a file of it is missing. */
  readComplete(credentials: readonly DesiredCredential[]): Promise<string | null>;
  /** Removes every generation that is not in `keep`. */
  removeOthers(keep: readonly string[]): Promise<void>;
}

export interface JobRequest {
  readonly unit: string;
  readonly verb: JobVerb;
  /** After how many milliseconds a oneshot that is at work, or who waits for one, is not waited for any more. */
  readonly patienceMs?: number;
}

export interface JobResult {
  readonly unit: string;
  readonly verb: JobVerb;
  /**
   * As systemd's JobRemoved signal names it: done, failed, canceled, timeout, dependency, skipped, assert, …; or `refused`
   * (not queued), `unfinished` (its start goes on), `unmet` (not started, because of a condition), `unknown`, `aborted`.
   */
  readonly result: string;
  /** systemd's message for `refused`; what was not met, or what the start is at. */
  readonly message?: string;
}

export interface ManagerPort {
  /** @throws AgentError `systemd-unreachable` */
  readUnits(names: readonly string[]): Promise<ReadonlyMap<string, ObservedUnit>>;
  /** Why inactive units are down, where systemd tells; costs several questions a unit. */
  readDownCauses(names: readonly string[]): Promise<ReadonlyMap<string, DownCause>>;
  /** Loaded units whose names match the glob patterns, as names. */
  listLoaded(patterns: readonly string[]): Promise<readonly string[]>;
  /** The ties of units as systemd has loaded them; units that it does not know have none. */
  readTies(names: readonly string[]): Promise<Ties>;
  /** What systemd's list says of all units in memory of these types (`service`, `timer`, …). */
  glance(types: readonly string[]): Promise<ReadonlyMap<string, UnitGlance>>;
  /** Units with a job that ended since the last call: a hint of where to look. Null: signals may have been lost. */
  takeHints(): Promise<ReadonlySet<string> | null>;
  /**
   * Names of units that systemd has restarted by itself; null when the journal cannot be read.
   * @param sinceUs CLOCK_REALTIME, microseconds since the epoch
   */
  listRestarted(sinceUs: number): Promise<readonly string[] | null>;
  /** daemon-reload; resolves when systemd has finished it. */
  reload(): Promise<void>;
  /** As `readUnits`, with how their last runs ended. */
  readStatus(names: readonly string[]): Promise<ReadonlyMap<string, UnitStatus>>;
  /** Of these the oneshots whose start is at work, and those whose start waits for such a one. */
  readLongStarts(names: readonly string[]): Promise<ReadonlyMap<string, LongStart>>;
  /** Of these the units that are down because a condition or an assertion was not met at their last start. */
  readUnmet(names: readonly string[]): Promise<ReadonlyMap<string, Unmet>>;
  /** Has systemd apply the loaded control group settings to the running units. */
  refreshControlGroups(units: readonly string[]): Promise<void>;
  /** Forgets failures and start-rate counters of the units. */
  resetFailed(units: readonly string[]): Promise<void>;
  /**
   * Queues all jobs at once and waits until each has ended, or the time is up: then its result is `timeout`, and the job
   * is still queued. Never throws for a job that fails.
   */
  runJobs(jobs: readonly JobRequest[], timeoutMs: number, signal: AbortSignal): Promise<readonly JobResult[]>;
}

export interface LogPort {
  /**
   * The last lines that a unit wrote to the journal; empty when the journal cannot be read.
   * @param sinceUs CLOCK_REALTIME, microseconds since the epoch: what is older is somebody else's failure
   */
  readLastLines(unit: string, count: number, sinceUs: number): Promise<readonly string[]>;
}

export interface CheckPort {
  /**
   * Runs a health check command once.
   * @returns null when it exits with 0, else what went wrong, in one line
   */
  runCheck(argv: readonly string[], timeoutMs: number, signal: AbortSignal): Promise<string | null>;
}

export interface FileChange {
  readonly kind: "write" | "delete";
  readonly path: string;
  /** Repository path that it comes from, or came from. */
  readonly origin: string;
}

export interface HostFilesPort {
  /**
   * What stands at each path.
   * @param care `read` (the default) before anything is decided: content is read. `recall` to look for drift: it is read
   *   where the file system shows a change since the last time, and now and then in any case
   */
  observe(paths: readonly string[], care?: "read" | "recall"): Promise<ReadonlyMap<string, ObservedFile>>;
  /** Names in a directory; empty when it does not exist. */
  list(directory: string): Promise<readonly string[]>;
  /**
   * Makes sure that the owners and groups of the files exist, before anything is written.
   * @throws AgentError `host-write-failed` naming file and owner
   */
  resolveOwners(files: readonly HostFile[]): Promise<void>;
  /**
   * Makes sure that the directories of these files may be written, before anything is.
   * @throws AgentError `not-writable` naming each file; `host-write-failed` for a directory that is not to be trusted
   */
  resolvePlaces(changes: readonly FileChange[]): Promise<void>;
  /** Puts file or link in place: complete, durable, with its final mode and owner, or not at all. */
  write(file: HostFile): Promise<void>;
  /** Removes a file or link, and parent directories that this empties if the agent's own kind (x.d, x.wants). */
  remove(path: string): Promise<void>;
  /** Copies what stands at `path` below the backup directory; returns where. The copies in `kept` are not given up for it. */
  backup(path: string, kept: readonly string[]): Promise<string>;
  /**
   * Makes the path what the original says: bytes of the copy, mode and owner; a link; or nothing.
   * @throws AgentError `host-write-failed`, also when the copy is gone
   */
  restore(path: string, original: ForeignOriginal): Promise<void>;
}

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

export interface EventSink {
  emit(event: AgentEvent): void;
}

export interface Clock {
  /** Milliseconds since the epoch. */
  now(): number;
  sleep(ms: number, signal: AbortSignal): Promise<void>;
}
