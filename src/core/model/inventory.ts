/** The inventory: what the agent last wrote on the host and started there, and what is still to be done. Pure data only. */
import { type ActionLog, emptyActionLog, type UnfinishedUnit } from "./actions.ts";
import type { Definition, DesiredCredential, EntryRole } from "./desired.ts";
import type { Hook, OwedHook } from "./hook.ts";
import type { Original } from "./original.ts";
import type { Revision } from "./revision.ts";
import { type DriftTable, reportEverything } from "./rules.ts";

/** What the agent last wrote at a path. */
export interface AppliedFile {
  readonly role: EntryRole;
  readonly unit: string | null;
  readonly origin: string;
  readonly kind: "file" | "link";
  /** Digest of the bytes, or the link's target. */
  readonly content: string;
  readonly mode: number;
  readonly owner?: string;
  readonly group?: string;
  /** What a change of its content has done, also the deletion of the file. */
  readonly hooks?: readonly Hook[];
  /** The target of the link that was at the path when the agent took it over; absent when there was none. */
  readonly foundLink?: string;
}

/**
 * What the agent knows of a unit. What is owed follows from it: a `startedWith` that differs from `definition` means that a
 * restart or a smaller action is still to be done; `never` means that a start is still to be done.
 */
export interface AppliedUnit {
  readonly owned: boolean;
  /**
   * False for an instance that runs although no revision declared it: it is restarted, but never stopped when git lets it
   * go.
   */
  readonly declared: boolean;
  readonly masked: boolean;
  /** The definition that is on disk and, after the daemon-reload, loaded. */
  readonly definition: Definition;
  /**
   * What the unit was last started with: `same`: the `definition`; `never`: not started since the agent first wrote it;
   * `edited`: a definition that was edited on the host; a Definition: another one that git had.
   */
  readonly startedWith: "same" | "never" | "edited" | Definition;
  /** The invocation for which `startedWith` holds; null when it was not running. */
  readonly invocationId: string | null;
  /** Why an interruption is left to people (on-change: none, protected unit); null when none is. */
  readonly pending: string | null;
  /** Whether the unit was expected to run when it was last applied. A unit that becomes expected is started once. */
  readonly expected: boolean;
  /** Set when gitops.yaml says `state: stopped`. */
  readonly stopped?: true;
}

export interface Inventory {
  readonly version: 1;
  /** Name of the host; null before the first round, and in an inventory of an earlier version. */
  readonly host: string | null;
  /** The applied revision: the last one that was written completely and whose units have settled; null before the first. */
  readonly revision: Revision | null;
  /** When it was applied. ISO 8601. */
  readonly appliedAt: string | null;
  /** When systemd last loaded what the agent wrote: CLOCK_REALTIME, microseconds since the epoch; 0 when it has not yet. */
  readonly loadedAtUs: number;
  /** True between a write and the daemon-reload that follows it. */
  readonly reloadOwed: boolean;
  /** The revision whose apply has begun and not ended: set from before the first write until the units have settled. */
  readonly applying: Revision | null;
  /** Units that the apply under way has started or interrupted and that have not settled yet. */
  readonly settling: readonly string[];
  /** Units that ran before the apply under way and that it interrupts. One that goes down because of it is started again. */
  readonly runningBefore: readonly string[];
  /** Units that the apply under way removes. One that is started meanwhile is stopped again. */
  readonly leaving: readonly string[];
  /** Units of the revision that the apply under way stops and does not start again, since they are not expected to run. */
  readonly retired: readonly string[];
  /** Hooks of files that the agent has changed, and that have not been carried out well yet. */
  readonly owedHooks: readonly OwedHook[];
  readonly actions: ActionLog;
  readonly unfinished: readonly UnfinishedUnit[];
  /** What was at each path before the attempt under way touched it. A rollback restores it. */
  readonly originals: Readonly<Record<string, Original>>;
  /** Units that ran and were in no revision before the attempt under way took them over: unit → invocation. */
  readonly takenOver: Readonly<Record<string, string>>;
  /** Timers that were removed from git and whose stamp files are still to be deleted. */
  readonly removedTimers: readonly string[];
  readonly files: Readonly<Record<string, AppliedFile>>;
  readonly units: Readonly<Record<string, AppliedUnit>>;
  /** Name of the credential generation; null when there are no credentials. */
  readonly generation: string | null;
  readonly credentials: readonly AppliedCredential[];
  /** The revision that `credentials` come from: at boot they are decrypted from it again. */
  readonly credentialsFrom: Revision | null;
  /** What the applied revision says of drift. It is kept here, because a look at the host reads no repository. */
  readonly driftRules: DriftTable;
}

export interface AppliedCredential extends DesiredCredential {
  /** When the revision was committed that brought the present content. ISO 8601. Absent in the files of earlier versions. */
  readonly committedAt?: string;
}

/** The inventory of a host where nothing was applied yet. */
export const emptyInventory: Inventory = {
  version: 1,
  host: null,
  revision: null,
  appliedAt: null,
  loadedAtUs: 0,
  reloadOwed: false,
  applying: null,
  settling: [],
  runningBefore: [],
  leaving: [],
  retired: [],
  owedHooks: [],
  actions: emptyActionLog,
  unfinished: [],
  originals: {},
  takenOver: {},
  removedTimers: [],
  files: {},
  units: {},
  generation: null,
  credentials: [],
  credentialsFrom: null,
  driftRules: reportEverything,
};
