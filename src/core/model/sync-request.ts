/** What a person asks for with a sync. Pure data. */

/**
 * What a person can decide with a sync: to try a revision again that was rolled back; to accept a rewritten history; to
 * accept that the host has another name now; to allow for once that many units are removed.
 */
export const syncModes = ["retry", "accept-rewrite", "accept-host", "allow-prune"] as const;

export type SyncMode = (typeof syncModes)[number];

export interface SyncRequest {
  /** Empty for a plain sync. */
  readonly modes: readonly SyncMode[];
  /** Absolute paths that the agent may take over. */
  readonly adopt: readonly string[];
  /** Units and absolute paths whose differences are put back now, once, whatever their policy; absent: none. */
  readonly correct?: readonly string[] | "all";
}
