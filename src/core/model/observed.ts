/** What the host shows, as types: files, units and their ties. Pure data only. */
import type { DownCause, ListedUnit } from "./unit-state.ts";

/** A unit as a plan sees it. */
export interface ObservedUnit extends ListedUnit {
  /** Of the present run, 32 hex digits; null while inactive. */
  readonly invocationId: string | null;
  /** When it last began to start; microseconds since the epoch, 0 for never. */
  readonly startedAtUs: number;
  /** Absent when nothing depends on it: on the host the files of the unit are as git has them, and were at its start. */
  readonly needDaemonReload?: boolean;
  /**
   * Why it is down; only for inactive units that are expected to run. Absent when somebody stopped it, or it is not known.
   */
  readonly downBecause?: DownCause;
}

/** From which files systemd has loaded a unit that it has in memory. */
export interface LoadedUnit {
  readonly loadState: string;
  /** Null when the unit has no file. */
  readonly fragmentPath: string | null;
  readonly dropInPaths: readonly string[];
  readonly needDaemonReload: boolean;
}

/** What is at a path of the host: the digest of the content, never the bytes. */
export type ObservedFile =
  | { readonly kind: "absent" }
  | { readonly kind: "link"; readonly linkTarget: string }
  | {
      readonly kind: "file";
      readonly digest: string;
      readonly mode: number;
      readonly owner: string;
      readonly group: string;
    }
  /** A directory, a device, a FIFO, or something unreadable: the agent never made it. */
  | { readonly kind: "other"; readonly what: string };

/** A unit that systemd stops, or restarts, together with another one. */
export interface UnitTie {
  readonly unit: string;
  /** The setting as in the unit's definition, for people: `Requires=b.service`. */
  readonly text: string;
}

/** Name of a unit → the units that are tied to it. */
export type TiesByOrigin = ReadonlyMap<string, readonly UnitTie[]>;

export interface Ties {
  /** Units that systemd stops or restarts when it stops or restarts the origin. */
  readonly along: TiesByOrigin;
  /** Units that systemd stops when it starts the origin. */
  readonly conflicts: TiesByOrigin;
}

export interface Observed {
  /** As systemd has them loaded: of the units that a plan interrupts, of the units tied to those, and so on. */
  readonly ties: Ties;
  readonly files: ReadonlyMap<string, ObservedFile>;
  readonly units: ReadonlyMap<string, ObservedUnit>;
  /** Drop-ins of managed units that the agent did not write: path → unit. */
  readonly foreignDropIns: ReadonlyMap<string, string>;
  /**
   * Drop-ins that are not in git, also those of packages and for several units: path → the settings that each decides
   * (`listDecided`). Those that systemd may read for units of the revision.
   */
  readonly overrides: ReadonlyMap<string, readonly string[]>;
  /** The credential generation that units get now; null when there is none, for instance after a boot. */
  readonly generation: string | null;
}
