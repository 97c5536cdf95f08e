/** The inventory: what the agent last wrote on the host and started there, and what it still owes. Pure data only. */
import { type ActionLog, emptyActionLog, type UnfinishedUnit } from "./actions.ts";
import type { Definition, DesiredCredential, EntryRole } from "./desired.ts";
import type { Original } from "./original.ts";
import type { Revision } from "./revision.ts";

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
  /** Of a link that stood there before the agent took it over: what it pointed to. */
  readonly foundLink?: string;
}

/**
 * What the agent knows of a unit. Owed actions follow from it: a `startedWith` that differs from `definition`
 * is a restart (or less) that is still owed, `never` is a start that is still owed.
 */
export interface AppliedUnit {
  readonly owned: boolean;
  /** False for an instance that runs although no revision declared it: it is restarted, but never stopped by a prune. */
  readonly declared: boolean;
  readonly masked: boolean;
  /** What is on disk and, after the daemon-reload, loaded. */
  readonly definition: Definition;
  /**
   * What the unit was last started with: `same` as `definition`, `never` started since we first wrote it, `edited` for a
   * definition that was changed on the host, or another that git had.
   */
  readonly startedWith: "same" | "never" | "edited" | Definition;
  /** The invocation for which `startedWith` holds; null when it was not running. */
  readonly invocationId: string | null;
  /** Set while an interruption is left to people (on-change: none, protected unit): why. */
  readonly pending: string | null;
  /** Whether it was expected to run when it was last applied: what becomes expected is started, once. */
  readonly expected: boolean;
}

export interface Inventory {
  readonly version: 1;
  /** Name of the host; null before the first round, and as an earlier version wrote it. */
  readonly host: string | null;
  /** The last revision that was written completely and whose jobs ended well; null before the first. */
  readonly revision: Revision | null;
  /** When it was applied. ISO 8601. */
  readonly appliedAt: string | null;
  /** When systemd had last loaded what we wrote: CLOCK_REALTIME, microseconds since the epoch; 0 before the first. */
  readonly loadedAtUs: number;
  /** True between a write and the daemon-reload that follows it. */
  readonly reloadOwed: boolean;
  /** The revision whose apply has begun and not ended: set from before the first write until the units have settled. */
  readonly applying: Revision | null;
  /** Units that the apply under way has interrupted and that have not settled yet. */
  readonly settling: readonly string[];
  /** Units that ran before the apply under way, and that it interrupts: what goes down because of it is started again. */
  readonly runningBefore: readonly string[];
  /** Units that the apply under way takes away: one that comes back meanwhile is stopped again. */
  readonly leaving: readonly string[];
  /** Units of the revision that the apply under way stops for good, since nothing wants them to run by themselves. */
  readonly retired: readonly string[];
  readonly actions: ActionLog;
  readonly unfinished: readonly UnfinishedUnit[];
  /** What stood at each path that the apply under way touches: a rollback puts it back. */
  readonly originals: Readonly<Record<string, Original>>;
  /** Units that ran, and were nobody's the agent knows of, when the apply under way took them over: unit → invocation. */
  readonly takenOver: Readonly<Record<string, string>>;
  /** Timers that git took away, and whose stamps are to go as well. */
  readonly removedTimers: readonly string[];
  readonly files: Readonly<Record<string, AppliedFile>>;
  readonly units: Readonly<Record<string, AppliedUnit>>;
  /** Name of the credential generation, null when there are none. */
  readonly generation: string | null;
  readonly credentials: readonly DesiredCredential[];
  /** The revision that `credentials` come from: at boot they are decrypted from it again. */
  readonly credentialsFrom: Revision | null;
}

/** Owns nothing, has applied nothing. */
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
};
