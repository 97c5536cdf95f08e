/** A difference between the host and what the agent last wrote, as types. Pure data only. */

export type DriftKind = "modified" | "missing" | "mode" | "foreign-drop-in";

export interface Drift {
  /** Stable identity of the finding: the same place and kind is the same drift. */
  readonly key: string;
  readonly kind: DriftKind;
  readonly unit: string | null;
  readonly path: string;
  readonly message: string;
}
