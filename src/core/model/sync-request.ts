/** What a person asks for with a sync. Pure data. */

/**
 * What a person can decide with a sync, for one revision: to try it again after it was rolled back; to accept a rewritten
 * history; to accept that the host has another name now; to allow that many units are removed; to apply it without waiting
 * for a window or an approval.
 */
export const syncModes = ["retry", "accept-rewrite", "accept-host", "allow-prune", "now"] as const;

export type SyncMode = (typeof syncModes)[number];

/** Characters of what a person writes about a decision: the reason, and who it is. */
export const maxDecisionText = 500;

/** What a person decides whichever revision is the newest. Times are ISO 8601, commits full ids. */
export type Decision =
  | {
      readonly kind: "suspend";
      readonly by: string;
      readonly because: string | null;
      readonly until: string | null;
    }
  | { readonly kind: "resume"; readonly by: string }
  /** To let one revision be applied. */
  | { readonly kind: "approve"; readonly by: string; readonly commit: string }
  | {
      readonly kind: "roll-back";
      readonly by: string;
      readonly because: string | null;
      /** One that was applied before. */
      readonly commit: string;
      readonly untilNext: boolean;
    };

export interface SyncRequest {
  /** Empty for a plain sync. */
  readonly modes: readonly SyncMode[];
  /** Absolute paths that the agent may take over. */
  readonly adopt: readonly string[];
  /** Units and absolute paths whose differences are put back now, once, whatever their policy; absent: none. */
  readonly correct?: readonly string[] | "all";
  readonly decisions?: readonly Decision[];
}
