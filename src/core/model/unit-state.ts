/** How a unit is, in systemd's words, and ours for why it is down. Pure data only. */

/** org.freedesktop.systemd1(5), ActiveState. */
export type ActiveState =
  | "active"
  | "reloading"
  | "refreshing"
  | "inactive"
  | "failed"
  | "activating"
  | "deactivating"
  | "maintenance";

/** `ended`: its main process ended by itself; `condition`: a Condition…= or Assert…= was not met at its last start. */
export type DownCause = "ended" | "condition";

/** What one row of systemd's list of units says (org.freedesktop.systemd1(5), ListUnits()): the part of every reading of a unit. */
export interface ListedUnit {
  /** The unit's main name, also when it was asked for by an alias. */
  readonly name: string;
  /** `loaded`, `not-found`, `masked`, `bad-setting`, …; `template` for a template, which systemd has no state of. */
  readonly loadState: string;
  readonly activeState: ActiveState;
  readonly subState: string;
  /** Type of the queued job, null without one. */
  readonly job: string | null;
}
