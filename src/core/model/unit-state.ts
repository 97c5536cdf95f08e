/** Words for how a unit is: systemd's own, and ours for why it is down. Pure data only. */

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

/** Its main process ended by itself, or a Condition…= or Assert…= was not met when it was last to start. */
export type DownCause = "ended" | "condition";
