/** What people have decided about this host, and what is remembered of it until it is carried out. Pure data only. */
import type { SyncMode } from "./sync-request.ts";

export interface Intent {
  readonly version: 1;
  /** Absolute paths that the agent may take over although something else stands there. */
  readonly adopt: readonly string[];
  /** What was accepted for one revision, until its attempt has ended; null when nothing is. */
  readonly accepted: Acceptance | null;
}

export interface Acceptance {
  /** The revision's full commit id. */
  readonly commit: string;
  readonly modes: readonly SyncMode[];
}

export const emptyIntent: Intent = { version: 1, adopt: [], accepted: null };
