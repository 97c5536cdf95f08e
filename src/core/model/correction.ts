/** What is put back on the host, besides what a revision changes. Pure data only. */
import type { EntryRole } from "./desired.ts";
import type { DriftKind } from "./drift.ts";

/** A path that gets what git has for it, or is removed when git has nothing for it. */
export interface PathCorrection {
  readonly because: string;
  /** What the path is, if git has nothing for it. */
  readonly role: EntryRole;
  readonly unit: string | null;
  /** Since when it differs, microseconds since the epoch: a process that started later may have read the edit. */
  readonly sinceUs: number;
}

export interface JobCorrection {
  readonly verb: "start" | "stop" | "restart";
  readonly because: string;
  /** True when the unit is started only if a fresh boot would start it. */
  readonly ifExpected: boolean;
}

/** The input of a plan that puts back what has drifted, and nothing else. */
export interface Corrections {
  readonly paths: ReadonlyMap<string, PathCorrection>;
  readonly jobs: ReadonlyMap<string, JobCorrection>;
  /** Units, templates and quadlets that the plan may decide about. */
  readonly units: ReadonlySet<string>;
  /** Why systemd has to load its units again; null when only a written file can be a reason. */
  readonly reload: string | null;
  /** Whether the credentials are decrypted again. */
  readonly credentials: boolean;
}

/** What was put back → when, oldest first. ISO 8601. */
export type CorrectionTimes = Readonly<Record<string, readonly string[]>>;

/** One difference that was to be put back. */
export interface CorrectedDrift {
  readonly key: string;
  readonly kind: DriftKind;
  readonly unit: string | null;
  readonly path: string | null;
  /** Whether the look after it did not find the difference any more. */
  readonly isGone: boolean;
}
