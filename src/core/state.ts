/** The vocabulary of the agent as types: revision and snapshot, desired, applied and observed state. Pure data only. */
import type { ActionLog, UnfinishedUnit } from "./action-types.ts";
import type { Original } from "./original.ts";
import type { DriftPolicy, HealthRules, OnChange, UnitIntent } from "./rules.ts";

/** One commit of the followed branch. */
export interface Revision {
  readonly branch: string;
  /** Full object id, lower-case hex. */
  readonly commit: string;
  readonly subject: string;
  readonly author: string;
  /** ISO 8601. */
  readonly committedAt: string;
}

/** A file of the repository at one commit. For a symlink `bytes` is the link's target, UTF-8. */
export interface SnapshotFile {
  /** Path inside the repository, `/`-separated, without a leading slash. */
  readonly path: string;
  readonly mode: "file" | "executable" | "symlink";
  readonly bytes: Uint8Array;
  /** Git object id (or, for a work tree, a digest of the content): equal ids mean equal bytes. */
  readonly blob: string;
}

/** What a reader of repositories hands over: files by path, nothing interpreted. */
export interface Snapshot {
  readonly revision: Revision;
  readonly files: ReadonlyMap<string, SnapshotFile>;
}

// ── Desired ───────────────────────────────────────────────────────────────────────────────────────────────────

/** Why an entry exists; decides the word that plan and status use for it. */
export type EntryRole =
  | "fragment"
  | "drop-in"
  | "instance"
  | "alias"
  | "mask"
  | "enablement"
  | "credentials"
  | "quadlet"
  | "file";

interface EntryBase {
  /** True when gitops.yaml allows to take over what stands there. */
  readonly adopt?: boolean;
  /** Absolute path on the host. */
  readonly path: string;
  readonly role: EntryRole;
  /** Repository path that it comes from; for generated entries the file that caused it. */
  readonly origin: string;
  /** The unit that it defines or extends; null for a managed file. */
  readonly unit: string | null;
}

export interface FileEntry extends EntryBase {
  readonly kind: "file";
  readonly bytes: Uint8Array;
  /** Digest of `bytes`, as core/digest formats it. */
  readonly digest: string;
  readonly mode: number;
  /** User and group by name; absent: root. */
  readonly owner?: string;
  readonly group?: string;
}

export interface LinkEntry extends EntryBase {
  readonly kind: "link";
  readonly linkTarget: string;
}

/** A file or link that the host shall have, byte for byte. */
export type HostFile = FileEntry | LinkEntry;

/**
 * A unit's effective definition, as far as this repository defines it: `Section.Key` → values in order after
 * systemd's reset rule. Plus what it depends on besides its own text.
 */
export interface Definition {
  readonly settings: Readonly<Record<string, readonly string[]>>;
  /** Credential name → keyed digest of its plaintext. */
  readonly credentials: Readonly<Record<string, string>>;
  /** Managed file that the definition mentions (or that names the unit in `restarts`) → digest. */
  readonly files: Readonly<Record<string, string>>;
}

export interface DesiredUnit {
  readonly name: string;
  /** True when the repository has its fragment, false when it only extends a unit of somebody else. */
  readonly owned: boolean;
  /** False for an instance that the repository merely extends, without declaring it. */
  readonly declared: boolean;
  /** True for an instance that is declared by being pulled in, and so is not enabled by its own [Install]. */
  readonly pulledIn: boolean;
  /** True for `x@.service`: never started itself. */
  readonly template: boolean;
  /** The quadlet file that the unit is generated from; null for every other unit. */
  readonly quadlet: string | null;
  readonly masked: boolean;
  readonly definition: Definition;
  /** `Section.Key` → `file:line` of each of its values. */
  readonly locations: Readonly<Record<string, readonly string[]>>;
  /** Repository files that define it, in merge order. */
  readonly origins: readonly string[];
  readonly intent: UnitIntent;
  readonly onChange: OnChange;
  readonly drift: DriftPolicy;
  readonly health: HealthRules;
}

/** One credential to deliver; the plaintext stays with the secrets room. */
export interface DesiredCredential {
  /** Unit directory name below secrets/, `web.service` or `worker@.service`. */
  readonly unit: string;
  readonly name: string;
  readonly origin: string;
  readonly digest: string;
  /** Equal keys need no new decryption; made and understood by the secrets room. */
  readonly cacheKey: string;
  /** How the unit gets it: by LoadCredential=, or, for programs that read only variables, by EnvironmentFile=. */
  readonly delivery: "credential" | "environment";
}

export interface Desired {
  readonly revision: Revision;
  readonly host: string;
  readonly files: ReadonlyMap<string, HostFile>;
  readonly units: ReadonlyMap<string, DesiredUnit>;
  readonly credentials: readonly DesiredCredential[];
  /** For units that the repository does not define or extend any more, but that its apply interrupts. */
  readonly defaultHealth: HealthRules;
}

// ── Applied: the inventory ────────────────────────────────────────────────────────────────────────────────────

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
  /** Paths that people allowed the agent to take over although something else stands there. */
  readonly adoptable: readonly string[];
  readonly files: Readonly<Record<string, AppliedFile>>;
  readonly units: Readonly<Record<string, AppliedUnit>>;
  /** Name of the credential generation, null when there are none. */
  readonly generation: string | null;
  readonly credentials: readonly DesiredCredential[];
  /** The revision that `credentials` come from: at boot they are decrypted from it again. */
  readonly credentialsFrom: Revision | null;
}
