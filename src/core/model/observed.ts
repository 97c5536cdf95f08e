/** What the host shows, as types: files, units and their ties. Pure data only. */
import type { ActiveState, DownCause } from "./unit-state.ts";

/** A unit as systemd reports it (org.freedesktop.systemd1(5)). */
export interface ObservedUnit {
  readonly name: string;
  readonly loadState: string;
  readonly activeState: ActiveState;
  readonly subState: string;
  /** Type of the queued job, null without one. */
  readonly job: string | null;
  /** 32 hex digits; null while inactive. */
  readonly invocationId: string | null;
  /** InactiveExitTimestamp: when it last began to start; microseconds since the epoch, 0 for never. */
  readonly startedAtUs: number;
  /** Names of the units that pull it in or that trigger it, as loaded. */
  readonly triggeredBy: readonly string[];
  readonly needDaemonReload: boolean;
  /** Only of inactive units that are expected to run; absent when somebody stopped it, or nobody can tell. */
  readonly downBecause?: DownCause;
}

/** What stands at a path of the host: content by digest, never the bytes. */
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
  /** A directory, a device, a FIFO, or something unreadable: never ours. */
  | { readonly kind: "other"; readonly what: string };

/** A unit that systemd stops, or restarts, together with another one. */
export interface UnitTie {
  readonly unit: string;
  /** For people, as in the unit's definition: `Requires=b.service`. */
  readonly text: string;
}

/** Name of a unit → the units that are tied to it. */
export type TiesByOrigin = ReadonlyMap<string, readonly UnitTie[]>;

export interface Ties {
  /** Stopped or restarted when the origin is. */
  readonly along: TiesByOrigin;
  /** Stopped when the origin is started. */
  readonly conflicts: TiesByOrigin;
}

export interface Observed {
  /** As systemd has them loaded; asked for the units that a plan interrupts, and from there on. */
  readonly ties: Ties;
  readonly files: ReadonlyMap<string, ObservedFile>;
  readonly units: ReadonlyMap<string, ObservedUnit>;
  /** Files in drop-in directories of managed units that are not ours: path → unit. */
  readonly foreignDropIns: ReadonlyMap<string, string>;
  /** The credential generation that consumers get now; null when there is none, for instance after a boot. */
  readonly generation: string | null;
}
