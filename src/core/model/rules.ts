/** Types for what gitops.yaml says, after validation and with the defaults filled in. Pure data only. */

import type { DriftKind, DriftPolicy } from "./drift.ts";

export type UnitIntent = "auto" | "running" | "stopped";
export type OnChange = "restart" | "reload" | "none";

/** What is done about drift: a path in `ignore` is ignored, whatever its kind; then the kind decides, then the default. */
export interface DriftRules {
  readonly default: DriftPolicy;
  readonly kinds: Partial<Readonly<Record<DriftKind, DriftPolicy>>>;
  /** Globs of absolute paths. `*` also matches `/`. */
  readonly ignore: readonly string[];
}

/** What one key of gitops.yaml says of drift: a word decides all of it, a map only what it names. */
export type DriftSetting = DriftPolicy | Partial<DriftRules>;

/** The rules of a revision for all that can drift. Units and paths that have the defaults are left out. */
export interface DriftTable {
  readonly defaults: DriftRules;
  readonly units: Readonly<Record<string, DriftRules>>;
  readonly files: Readonly<Record<string, DriftRules>>;
}

/** The rules where nobody has written any. */
export const reportEverything: DriftTable = {
  defaults: { default: "report", kinds: {}, ignore: [] },
  units: {},
  files: {},
};

export interface HealthRules {
  readonly settleMs: number;
  readonly timeoutMs: number;
  /** Arguments of a command that must exit 0; absent: what systemd says is enough. */
  readonly check?: readonly string[];
}

/** The rules for the units that one key of gitops.yaml (a name or a glob) matches. */
export interface UnitRules {
  readonly state?: UnitIntent;
  /**
   * False: the [Install] section has no effect, so that only other units start it. True: it has one also in a unit that git has no
   * file of.
   */
  readonly enabled?: boolean;
  readonly onChange?: OnChange;
  readonly drift?: DriftSetting;
  readonly health?: Partial<HealthRules>;
  readonly instances?: readonly string[];
  /** Allows the agent to take over unit files that are on the host, after a backup. Otherwise they are a conflict. */
  readonly adopt?: boolean;
}

export interface FileRules {
  /** Permission bits, as in chmod(1). */
  readonly mode?: number;
  readonly owner?: string;
  readonly group?: string;
  readonly restarts?: readonly string[];
  readonly reloads?: readonly string[];
  /** Commands, each as a list of arguments. */
  readonly run?: readonly (readonly string[])[];
  readonly drift?: DriftSetting;
  /** Allows the agent to take over a file that is at the path, after a backup. Otherwise it is a conflict. */
  readonly adopt?: boolean;
}

export interface HostEntry {
  /** The directory of the host's own layer; absent: `hosts/<name>`. */
  readonly directory?: string;
  readonly roles: readonly string[];
  readonly recipient?: string;
}

/** gitops.yaml after validation, defaults filled in. */
export interface RepositoryConfig {
  readonly layout: {
    readonly units: readonly string[];
    readonly files: readonly string[];
    readonly secrets: readonly string[];
  };
  readonly admins: readonly string[];
  readonly hosts: ReadonlyMap<string, HostEntry>;
  readonly defaults: { readonly drift: DriftSetting; readonly health: HealthRules };
  /** In the order of the file. The more specific key wins. */
  readonly units: ReadonlyMap<string, UnitRules>;
  /** By path or pattern, in the order of the file. The more specific key wins. */
  readonly files: ReadonlyMap<string, FileRules>;
}
