/** Types for a difference between the host and what the agent last wrote. Pure data only. */

export type DriftKind = "modified" | "missing" | "mode" | "foreign-drop-in";

export interface Drift {
  /** Identifies the finding: it is the same while kind and path are the same. */
  readonly key: string;
  readonly kind: DriftKind;
  readonly unit: string | null;
  readonly path: string;
  readonly message: string;
}
