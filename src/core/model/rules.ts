/** Types for what gitops.yaml says, after validation and with the defaults filled in. Pure data only. */

export type UnitIntent = "auto" | "running" | "stopped";
export type OnChange = "restart" | "reload" | "none";
export type DriftPolicy = "report" | "correct" | "ignore";

export interface HealthRules {
  readonly settleMs: number;
  readonly timeoutMs: number;
  /** Arguments of a command that must exit 0; absent: what systemd says is enough. */
  readonly check?: readonly string[];
}

/** The rules for the units that one key of gitops.yaml (a name or a glob) matches. */
export interface UnitRules {
  readonly state?: UnitIntent;
  /** False: the [Install] section has no effect, so that only other units start it. */
  readonly enabled?: boolean;
  readonly onChange?: OnChange;
  readonly drift?: DriftPolicy;
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
  readonly defaults: { readonly drift: DriftPolicy; readonly health: HealthRules };
  /** In the order of the file. The more specific key wins. */
  readonly units: ReadonlyMap<string, UnitRules>;
  readonly files: ReadonlyMap<string, FileRules>;
}
