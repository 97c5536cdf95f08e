/** Types for starts that have neither succeeded nor failed. Pure data only. */

/** The start of a oneshot that is still at work, or a start that waits for one. */
export interface LongStart {
  /** `still running its start (ExecStart=) since 2026-01-01T00:00:00.000Z`. */
  readonly message: string;
  /** When the unit last began to start, microseconds since the epoch; 0 for never. */
  readonly startedAtUs: number;
  /** True while its own start has not begun, because it waits for another unit. */
  readonly isQueued: boolean;
}

/** A start that systemd did not carry out. */
export interface Unmet {
  readonly message: string;
  /** True for `Assert…=`, whose start job fails. An unmet condition is not a failure. */
  readonly isFailure: boolean;
}
