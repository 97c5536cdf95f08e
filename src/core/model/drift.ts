/**
 * Types for drift: a difference between what the host shows and what was applied. Pure data only. What each kind means is
 * in core/drift/kinds.ts.
 */
/** What is done about a difference: it is only told, it is put back, or it counts as wanted. */
export type DriftPolicy = "report" | "correct" | "ignore";

export type DriftLayer = "files" | "enablement" | "manager" | "runtime" | "credentials";

export type FileKind = "modified" | "missing" | "mode" | "replaced" | "foreign-drop-in";

export type EnablementKind = "disabled" | "enabled" | "masked" | "unmasked";

export type ManagerKind = "needs-reload" | "shadowed" | "other-settings";

export type RuntimeKind =
  | "stopped"
  | "running"
  | "failed"
  | "start-limit"
  | "watchdog"
  | "looping"
  | "crashed"
  | "owed"
  | "not-listening"
  | "timer-inactive"
  | "timer-never"
  | "old-definition"
  | "old-credentials";

export type CredentialKind = "credential-missing" | "credential-modified";

export type DriftKind = FileKind | EnablementKind | ManagerKind | RuntimeKind | CredentialKind;

/** One difference, as one look sees it. */
export interface Drift {
  /** Kind, unit and path. It has no time, process id or count, so it is the same as long as the difference lasts. */
  readonly key: string;
  readonly kind: DriftKind;
  readonly unit: string | null;
  /** The path on the host; null when the difference is not one of a file. */
  readonly path: string | null;
  /** What was seen, for people. It never says who did it, and has no times and counts. */
  readonly message: string;
}

/**
 * `new`: seen, and not reported yet, because it may be gone within the grace of its kind. `told`: reported. `correcting`: it
 * was put back, and has to prove that it stays so. `stalled`: it came back too often, and is put back more and more rarely.
 */
export type DriftState = "new" | "told" | "correcting" | "stalled";

/** A difference as it is kept between looks. */
export interface DriftRecord extends Drift {
  /** When it was first seen. ISO 8601. */
  readonly since: string;
  readonly policy: DriftPolicy;
  readonly state: DriftState;
  /** When it was last reported, so that a reminder knows when it is due. ISO 8601; null while `new`. */
  readonly toldAt: string | null;
}

/** How drift is reported, as agent.yaml says. */
export interface DriftSettings {
  /** How often a difference that lasts is reported again, milliseconds; null for never. */
  readonly remindMs: number | null;
  /** How long a difference of what runs or is loaded must last before it is reported, milliseconds. */
  readonly graceMs: number;
}

/** What a look has to look at: everything, or these units (with all that belongs to them) and these paths. */
export type LookScope = "all" | { readonly units: ReadonlySet<string>; readonly paths: ReadonlySet<string> };
