/** What gitops.yaml asks for, as types: after validation, with the defaults filled in. Pure data only. */

export type UnitIntent = "auto" | "running" | "stopped";
export type OnChange = "restart" | "reload" | "none";
export type DriftPolicy = "report" | "correct" | "ignore";

export interface HealthRules {
  readonly settleMs: number;
  readonly timeoutMs: number;
  /** Argument array of a command that must exit 0; absent: systemd's own word is enough. */
  readonly check?: readonly string[];
}

/** Rules for the units that one key (a name or a glob) of gitops.yaml matches. */
export interface UnitRules {
  readonly state?: UnitIntent;
  readonly onChange?: OnChange;
  readonly drift?: DriftPolicy;
  readonly health?: Partial<HealthRules>;
  readonly instances?: readonly string[];
  /** Take over unit files that stand on the host, after a backup, instead of refusing. */
  readonly adopt?: boolean;
}

export interface FileRules {
  /** Permission bits, as in chmod(1). */
  readonly mode?: number;
  readonly owner?: string;
  readonly group?: string;
  readonly restarts?: readonly string[];
  /** Take over what stands at the path, after a backup, instead of refusing. */
  readonly adopt?: boolean;
}

export interface HostEntry {
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
  /** In the order of the file; the more specific key wins. */
  readonly units: ReadonlyMap<string, UnitRules>;
  readonly files: ReadonlyMap<string, FileRules>;
}
