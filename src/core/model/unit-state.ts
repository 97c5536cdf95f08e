/** The words for the state of a unit: those of systemd, and the agent's own for why it is down. Pure data only. */

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
