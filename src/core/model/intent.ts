/** What people have decided about this host. It is kept until it is carried out. Pure data only. */
import type { SyncMode } from "./sync-request.ts";

export interface Intent {
  readonly version: 1;
  /** Absolute paths that the agent may take over although there is another file. */
  readonly adopt: readonly string[];
  /** What a person has accepted for one revision, until its attempt has ended; null for nothing. */
  readonly accepted: Acceptance | null;
}

export interface Acceptance {
  /** The revision's full commit id. */
  readonly commit: string;
  readonly modes: readonly SyncMode[];
}

export const emptyIntent: Intent = { version: 1, adopt: [], accepted: null };
