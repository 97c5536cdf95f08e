/** All that is known of one managed unit, which `status UNIT`, `why UNIT` and the API give. Pure data only. */
import type { DriftRecord } from "./drift.ts";
import type { HistoryOutcome } from "./history.ts";
import type { Revision } from "./revision.ts";
import type { SecretDelivery } from "./secret-format.ts";
import type { UnitRow } from "./status.ts";

export interface UnitDetails {
  /** With the same number, fields may be added, but none is removed or changes its meaning. */
  readonly version: 1;
  /** ISO 8601. */
  readonly generatedAt: string;
  readonly unit: UnitRow;
  /** The applied revision; null before the first. */
  readonly revision: Revision | null;
  /** Whether git wants it to run. */
  readonly expected: boolean;
  /** The files of git that make the unit, the one that defines it first. */
  readonly files: readonly UnitFileOrigin[];
  /** What git says of it, with where; null when the clone cannot be read. */
  readonly settings: readonly SettingOrigin[] | null;
  /** What differs between the definition that the process was started with and the one of git; null when that is not known. */
  readonly startedWith: readonly string[] | null;
  /** Why its interruption is left to people; null when none is. */
  readonly pending: string | null;
  readonly credentials: readonly CredentialOrigin[];
  /** Managed files that it mentions, whose change interrupts it. */
  readonly mentions: readonly string[];
  readonly relations: readonly UnitRelation[];
  /** Units that systemd stops or restarts together with it, and the setting that says so. */
  readonly takenAlong: readonly { readonly unit: string; readonly because: string }[];
  readonly drift: readonly DriftRecord[];
  /** What syncs did to it, and did not do although it had changed; the newest first. */
  readonly history: readonly UnitEvent[];
  /** The last lines that it wrote to the journal. */
  readonly log: readonly string[];
}

export interface UnitFileOrigin {
  /** Absolute path on the host. */
  readonly path: string;
  readonly role: string;
  /** Path in the repository. */
  readonly origin: string;
}

export interface SettingOrigin {
  /** `Section.Key`. */
  readonly name: string;
  readonly value: string;
  /** `file:line` in the repository. */
  readonly where: string;
}

export interface CredentialOrigin {
  readonly name: string;
  readonly origin: string;
  readonly delivery: SecretDelivery;
  /** When the revision was committed that brought its present content; null when that is not known. Absent in the answer of an older agent. */
  readonly changedAt?: string | null;
}

/** A tie to another unit, as systemd has loaded it. */
export interface UnitRelation {
  /** The property of systemd, such as `Requires` or `WantedBy`. */
  readonly relation: string;
  readonly unit: string;
  /** Of the other unit; `unknown` when systemd does not have it in memory. */
  readonly activeState: string;
}

export interface UnitEvent {
  /** ISO 8601. */
  readonly at: string;
  readonly revision: Revision;
  readonly outcome: HistoryOutcome;
  readonly action: string;
  readonly because: string;
}
