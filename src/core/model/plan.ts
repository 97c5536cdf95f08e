/** Types for a plan: steps, refusals, explanations and what is spared. Pure data only. */

import type { EntryRole, HostFile } from "./desired.ts";
import type { OwedHook } from "./hook.ts";
import type { ForeignOriginal } from "./original.ts";
import type { Revision } from "./revision.ts";

export type ChangeClass = "none" | "inert" | "enablement" | "live" | "dependency" | "reload" | "restart";

export type JobVerb = "start" | "stop" | "restart" | "reload";

export type Step =
  | { readonly kind: "credentials"; readonly because: string; readonly changed: readonly string[] }
  | {
      readonly kind: "stop";
      readonly unit: string;
      readonly because: string;
      /** Set: stopped after the daemon-reload, under the new definition. Absent: before files change, under the old one. */
      readonly isLate?: true;
    }
  | {
      readonly kind: "write";
      readonly file: HostFile;
      readonly because: string;
      readonly backup: boolean;
      readonly replaces: boolean;
      /** Set: the content is right already, and only mode and owner are set. */
      readonly isAccessOnly?: true;
    }
  | { readonly kind: "adopt"; readonly file: HostFile; readonly because: string }
  | {
      readonly kind: "delete";
      readonly path: string;
      readonly role: EntryRole;
      readonly unit: string | null;
      readonly because: string;
      readonly backup: boolean;
    }
  | {
      /** Restores what was at a path before a revision that is rolled back touched it. */
      readonly kind: "restore";
      readonly path: string;
      readonly role: EntryRole;
      readonly unit: string | null;
      readonly because: string;
      readonly original: ForeignOriginal;
      /** The file that the inventory records again; null: the path leaves the inventory, as it was in no revision before. */
      readonly owned: HostFile | null;
      /** False when the original is at the path already, so that nothing is written. */
      readonly isWritten: boolean;
      readonly backup: boolean;
    }
  | { readonly kind: "daemon-reload"; readonly because: string }
  /**
   * Makes systemd apply changed control group settings to a running unit: on systemd 257 a daemon-reload does not do that.
   */
  | { readonly kind: "refresh-cgroup"; readonly unit: string; readonly because: string }
  /** Makes systemd forget that a unit failed, which it remembers even of units that are gone. */
  | { readonly kind: "reset-failed"; readonly unit: string; readonly because: string }
  | {
      /** Runs a command after a managed file has changed. */
      readonly kind: "run";
      /** The transient unit that systemd runs it in. */
      readonly unit: string;
      readonly command: readonly string[];
      readonly because: string;
    }
  | {
      readonly kind: "start" | "restart" | "reload";
      readonly unit: string;
      readonly because: string;
      /** Set: a hook of a file asks for it, and it says nothing about the definition that the unit runs with. */
      readonly isHook?: true;
      /** Set for a start: the unit runs, and goes on untouched. systemd only starts what it newly pulls in. */
      readonly runsOn?: true;
    };

/** One difference between the definition that a unit was started with and the desired one. */
export interface ExplainedDifference {
  /** For people: `Environment= changed`. */
  readonly text: string;
  readonly class: ChangeClass;
  /** `file:line` of the new value; null when there is none any more. */
  readonly where: string | null;
}

/** All differences of one running unit. */
export interface Explanation {
  readonly unit: string;
  readonly differences: readonly ExplainedDifference[];
}

/** Something that forbids the whole plan. */
export interface Refusal {
  readonly code: "conflict" | "protected" | "empty" | "prune-limit";
  readonly subject: string;
  readonly message: string;
  readonly hint: string;
}

/** A unit that systemd restarts because another one is restarted, or stops because another one is started. */
export interface Alongside {
  readonly unit: string;
  readonly action: "restart" | "stop";
  readonly because: string;
}

/** A unit that changed but is not interrupted, and the reason. `pending`: the interruption is left to people. */
export interface Spared {
  readonly unit: string;
  readonly class: ChangeClass;
  readonly because: string;
  readonly pending: boolean;
  /** What the inventory then says of the process, where a drop-in that is not in git hides the change. */
  readonly startedWith?: "same" | "edited";
}

export interface Plan {
  readonly revision: Revision;
  readonly steps: readonly Step[];
  readonly refusals: readonly Refusal[];
  readonly spared: readonly Spared[];
  readonly explanations: readonly Explanation[];
  readonly alongside: readonly Alongside[];
  /** Units that would run after a fresh boot of the revision. */
  readonly expected: ReadonlySet<string>;
  /** Units and templates that were removed from git, by this plan or earlier in the same attempt. */
  readonly leaving: readonly string[];
  /** Hooks that are owed once the files are written, also those that an earlier plan has left. */
  readonly owedHooks: readonly OwedHook[];
  /** Units and templates that leave git but go on, because their own file from before is back → the reason. */
  readonly released: ReadonlyMap<string, string>;
  /**
   * For a plan that only puts back what has drifted: the units that it decides about. Null for the plan of a revision, which
   * decides about all.
   */
  readonly scope: ReadonlySet<string> | null;
}
