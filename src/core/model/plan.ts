/** A plan and what comes of comparing, as types: steps, refusals, explanations, drift. Pure data only. */

import type { EntryRole, HostFile } from "./desired.ts";
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
      /** After the daemon-reload, under the new definition; absent: before files change, under the old one. */
      readonly isLate?: true;
    }
  | {
      readonly kind: "write";
      readonly file: HostFile;
      readonly because: string;
      readonly backup: boolean;
      readonly replaces: boolean;
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
      /** Puts back what stood at a path before a revision that is given up touched it. */
      readonly kind: "restore";
      readonly path: string;
      readonly role: EntryRole;
      readonly unit: string | null;
      readonly because: string;
      readonly original: ForeignOriginal;
      /** git's version, which the inventory goes by again; null: the path is nobody's again that the agent knows of. */
      readonly owned: HostFile | null;
      /** False when it stands there as it did, so that nothing is written. */
      readonly isWritten: boolean;
      readonly backup: boolean;
    }
  | { readonly kind: "daemon-reload"; readonly because: string }
  /** Has systemd apply changed control group settings to the running unit, which a daemon-reload alone does not do on systemd 257. */
  | { readonly kind: "refresh-cgroup"; readonly unit: string; readonly because: string }
  /** Forgets that a unit failed, which systemd remembers even of units that are gone. */
  | { readonly kind: "reset-failed"; readonly unit: string; readonly because: string }
  | { readonly kind: "start" | "restart" | "reload"; readonly unit: string; readonly because: string };

/** One difference between what a unit was started with and what it shall run with. */
export interface ExplainedDifference {
  /** For people: `Environment= changed`. */
  readonly text: string;
  readonly class: ChangeClass;
  /** `file:line` of what now counts; null where nothing does any more. */
  readonly where: string | null;
}

/** Everything that changed about a unit that runs. */
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

/** A unit that changed but is not interrupted, and why; or an interruption left to people. */
export interface Spared {
  readonly unit: string;
  readonly class: ChangeClass;
  readonly because: string;
  readonly pending: boolean;
}

export interface Plan {
  readonly revision: Revision;
  readonly steps: readonly Step[];
  readonly refusals: readonly Refusal[];
  readonly spared: readonly Spared[];
  readonly explanations: readonly Explanation[];
  readonly alongside: readonly Alongside[];
  /** Units that a fresh boot of the revision would have running. */
  readonly expected: ReadonlySet<string>;
  /** Units and templates that git took away, in this plan or earlier in the same attempt. */
  readonly leaving: readonly string[];
  /** Units and templates that go on without git → why: what defined them before is back. */
  readonly released: ReadonlyMap<string, string>;
}
