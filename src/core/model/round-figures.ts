/** What one round has cost, and where its time went. Only the log and bench/ read it. */

/** The parts of a round, in the order in which a round that applies a revision first comes to them. */
export type RoundPhase =
  | "fetch"
  | "trust"
  | "read"
  | "build"
  /** The host is looked at and the revision validated at the same time; the calls of the phase tell them apart. */
  | "observe"
  | "plan"
  | "claim"
  | "write"
  | "reload"
  | "jobs"
  /** The host is looked at once more after the plan was carried out. */
  | "again"
  | "settle"
  /** The look for drift, and what is saved at the end. */
  | "finish";

export interface PhaseFigures {
  readonly phase: RoundPhase;
  /** Wall-clock time, milliseconds; of all times that the round was in this phase. */
  readonly ms: number;
}

export interface CallFigures {
  /** The phase in which the calls were begun. */
  readonly phase: RoundPhase;
  /** Port and method. */
  readonly call: string;
  readonly count: number;
  /** Wall-clock time during which at least one of them was under way, milliseconds. */
  readonly ms: number;
}

/** Each counts from the start of the process. */
export interface WorkCounts {
  /** D-Bus calls that were sent. */
  readonly busCalls: number;
  /** Managed files whose content was read. */
  readonly filesRead: number;
  readonly processesStarted: number;
}

export interface RoundFigures {
  readonly durationMs: number;
  /** CPU time of this process without its children, milliseconds. */
  readonly cpuMs: number;
  readonly phases: readonly PhaseFigures[];
  readonly calls: readonly CallFigures[];
  /** Within this round. */
  readonly counts: WorkCounts;
}
