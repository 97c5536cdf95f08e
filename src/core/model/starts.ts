/** What becomes of starts that do not simply succeed or fail, as types. Pure data only. */

/** The start of a oneshot that works, or a start that waits for one. */
export interface LongStart {
  /** `still running its start (ExecStart=) since 2026-01-01T00:00:00.000Z`. */
  readonly message: string;
  /** When the unit last began to start, microseconds since the epoch; 0 for never. */
  readonly startedAtUs: number;
  /** True while its own start has not begun. */
  readonly isQueued: boolean;
}

/** A start that systemd did not carry out. */
export interface Unmet {
  readonly message: string;
  /** True for `Assert…=`, whose start job fails; an unmet condition is no failure. */
  readonly isFailure: boolean;
}
