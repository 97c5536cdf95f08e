/** What people have decided about this host. It is kept until it is carried out or taken back. Pure data only. */
import type { Revision } from "./revision.ts";
import type { SyncMode } from "./sync-request.ts";

export interface Intent {
  readonly version: 2;
  /** Absolute paths that the agent may take over although there is another file. */
  readonly adopt: readonly string[];
  /** What a person has accepted for one revision, until its attempt has ended; null for nothing. */
  readonly accepted: Acceptance | null;
  /** Set while the host is to be left as it is. */
  readonly suspension: Suspension | null;
  /** Set while the host is to have an earlier revision than the newest one. */
  readonly pin: Pin | null;
}

export interface Acceptance {
  /** The revision's full commit id. */
  readonly commit: string;
  readonly modes: readonly AcceptedMode[];
}

export type AcceptedMode = SyncMode | "approve";

interface Decided {
  /** The name of the user, as the command that this user ran has told it. */
  readonly by: string;
  /** When it was decided. ISO 8601. */
  readonly at: string;
  /** The reason in the user's words. */
  readonly because: string | null;
}

export interface Suspension extends Decided {
  /** When it ends by itself. ISO 8601; null: only when a person resumes. */
  readonly until: string | null;
}

export interface Pin extends Decided {
  readonly revision: Revision;
  /** The commit that the host was to have before: full id. A tip that is another one is newer. */
  readonly left: string;
  /** True when a newer tip than `left` ends the pin. */
  readonly untilNext: boolean;
}

export const emptyIntent: Intent = { version: 2, adopt: [], accepted: null, suspension: null, pin: null };
