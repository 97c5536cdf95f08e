/** What a person sees of the differences of a unit besides the records. Pure data only. */

export interface LoadedDropIn {
  readonly path: string;
  /** Whether the agent wrote it. */
  readonly isFromGit: boolean;
}

/** A setting that a drop-in sets. */
export interface LoadedValue {
  /** `Section.Key` */
  readonly setting: string;
  /** The value in git; null when git does not set it. */
  readonly git: string | null;
  /** systemd's value; null when systemd does not tell. */
  readonly loaded: string | null;
}

/** What systemd has loaded of a unit that does not have the definition of git. */
export interface LoadedDifference {
  readonly unit: string;
  readonly fragment: string | null;
  readonly needsReload: boolean;
  readonly dropIns: readonly LoadedDropIn[];
  readonly values: readonly LoadedValue[];
}
