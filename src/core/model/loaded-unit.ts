/** What systemd has in memory of a unit's definition. Pure data. */

export interface LoadedUnit {
  readonly unit: string;
  /** The unit's own file; null when systemd has none. */
  readonly fragment: string | null;
  /** The drop-ins, in the order in which systemd reads them. */
  readonly dropIns: readonly string[];
  /** Whether systemd says that the files have changed since it read them. */
  readonly needsReload: boolean;
  /** `Section.Key` → its value, as people write it; null for a setting that systemd does not tell. */
  readonly values: ReadonlyMap<string, string | null>;
}
