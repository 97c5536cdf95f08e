/** What a person is told about outside of the host, and what of it was told already. Pure data only. */

/**
 * `rejected`: the newest revision was refused, and nothing was changed. `rolled-back`: its units failed, and the host went or
 * goes back to the revision before. `blocked`: a failure of the host (disk, systemd, a key) keeps the agent from its work.
 * `stalled`: nothing is done until a person decides. `degraded`: a unit does not work. `drift`: the host differs from what was
 * applied. `unreachable`: the repository has not answered for five minutes. `waiting`: a revision waits for an approval.
 * `suspended`: a person has told the agent to leave the host as it is.
 */
export const alertClasses = [
  "stalled",
  "rolled-back",
  "degraded",
  "blocked",
  "rejected",
  "unreachable",
  "drift",
  "waiting",
  "suspended",
] as const;

export type AlertClass = (typeof alertClasses)[number];

export interface Alert {
  /** Stays the same for as long as the alert lasts: no time, process id or count is in it. */
  readonly key: string;
  readonly class: AlertClass;
  /**
   * What else makes it another alert with the same key, such as the commit that was rejected: when this changes, it has begun
   * anew. May be empty.
   */
  readonly about: string;
  /** The units that it is about; none when it is about the host. */
  readonly units: readonly string[];
  /** What is so, without the name of the host: `web.service does not work`. */
  readonly summary: string;
  /** ISO 8601. */
  readonly since: string;
  /** Why; may be empty. */
  readonly reason: string;
  /** What a person can do, in words; null when the command says it. */
  readonly hint: string | null;
  /** The command to type on the host. */
  readonly command: string;
}

/** An alert that a channel has told. */
export interface ToldAlert {
  readonly alert: Alert;
  /** When it was last told. ISO 8601. */
  readonly toldAt: string;
}

/** What is kept of one channel between messages. */
export interface ChannelMemory {
  readonly told: readonly ToldAlert[];
  /** When messages were sent within the last hour. ISO 8601. */
  readonly sentAt: readonly string[];
  /** The keys of alerts that have begun and were not told yet. */
  readonly pending: readonly string[];
  /** How many alerts were over before they were told, since the last message. */
  readonly missed: number;
}

export const emptyChannelMemory: ChannelMemory = { told: [], sentAt: [], pending: [], missed: 0 };

/** What is kept of all channels, by their names. */
export interface AlertRecord {
  readonly version: 1;
  readonly channels: Readonly<Record<string, ChannelMemory>>;
}

export const emptyAlertRecord: AlertRecord = { version: 1, channels: {} };

/** One message of a channel. At least one of the lists has an alert. */
export interface AlertMessage {
  readonly begun: readonly Alert[];
  /** Told before, and still so. */
  readonly still: readonly Alert[];
  readonly over: readonly Alert[];
  /** How many others have begun and were over before this message. */
  readonly missed: number;
  /** Until when no other message is sent, because so many were sent within an hour. ISO 8601; null when that is not so. */
  readonly silentUntil: string | null;
}
