/**
 * What the agent assumes of the host: every path, the account that files belong to, and the manager that runs the units.
 * Nothing else names these paths. Pure data, made once and handed along.
 */

/** The paths that agent.yaml may change. Absolute and normalized. */
export interface LayoutPaths {
  /** Where units are written. */
  readonly unitDirectory: string;
  /** Where quadlets are written. */
  readonly quadletDirectory: string;
  /** Clone, inventory and backups. */
  readonly stateDirectory: string;
  /** Sockets and credentials; in memory. */
  readonly runtimeDirectory: string;
}

/** Fields of systemd.journal-fields(7). */
export interface JournalMarks {
  /** The field with the unit that a message comes from. */
  readonly from: string;
  /** The field with the unit that the manager speaks of. */
  readonly about: string;
  /** What else an entry must have, as `FIELD=VALUE`: other managers may have units of the same names. */
  readonly also: readonly string[];
}

export interface HostLayout extends LayoutPaths {
  /**
   * The manager that runs the units: that of the system, or that of one user. systemd's programs have an option of this
   * name.
   */
  readonly manager: "system" | "user";
  /** Where the manager answers, as a D-Bus address. */
  readonly busAddress: string;
  /** Variables that systemd's programs need to find the manager and its places, besides PATH. */
  readonly managerEnvironment: Readonly<Record<string, string>>;
  /** How the journal marks what belongs to units of the manager. */
  readonly journal: JournalMarks;
  /** User and group of a file for which gitops.yaml names none. */
  readonly owner: string;
  readonly group: string;
  /** The group that may read the status; null: nobody besides root and the account that the agent runs as. */
  readonly readersGroup: string | null;
  /** Is there when the manager runs without a login of its user (loginctl(1), enable-linger); null: it always does. */
  readonly lingerFile: string | null;

  /** The bare clone of the repository. */
  readonly cloneDirectory: string;
  readonly backupDirectory: string;
  /** Units are laid out below it to be verified. */
  readonly stagingDirectory: string;
  /** Generations of decrypted credentials. */
  readonly credentialDirectory: string;
  /** The generation in use, as the generated drop-ins name it. */
  readonly credentialsPath: string;
  /** Copies of credentials for containers, with the owner and the mode that their quadlets ask for. */
  readonly containerSecretsDirectory: string;

  /**
   * Directories with `*.d` directories that people and `systemctl set-property` write drop-ins to, in the order in which
   * systemd looks at them (systemd.unit(5), "Unit File Load Path").
   */
  readonly dropInParents: readonly string[];
  /** The same for packages: systemd looks at these after the others. */
  readonly vendorDropInParents: readonly string[];
  /**
   * Where systemd looks for a unit that `unitDirectory` does not have, in its order (systemd.unit(5), "Unit File Load
   * Path").
   */
  readonly vendorDirectories: readonly string[];
  /** Where generators put the units that they make (systemd.generator(7)). */
  readonly generatorDirectories: readonly string[];
  /** When Persistent= timers last elapsed (systemd.timer(5)). */
  readonly timerStampDirectory: string;
  /** Where systemd looks for a credential without a path (systemd.exec(5), LoadCredential=). */
  readonly credentialStores: {
    readonly LoadCredential: readonly string[];
    readonly LoadCredentialEncrypted: readonly string[];
  };
  /** What specifiers stand for that the manager's build and account decide about (systemd.unit(5), "Specifiers"). */
  readonly specifiers: Readonly<Record<string, string>>;
  /** systemd(1) itself, which lies outside of PATH; the first that is installed counts. */
  readonly managerPrograms: readonly string[];

  /** Quadlets of other people, besides those in `quadletDirectory` (podman-systemd.unit(5)). */
  readonly foreignQuadletDirectories: readonly string[];
  /** podman's generator; the first that is installed counts. */
  readonly quadletGenerators: readonly string[];
  /** Tells the generator for which manager it makes units. */
  readonly quadletArguments: readonly string[];

  /** The trees that files of the repository may be in. */
  readonly fileTrees: readonly string[];
  /** Trees that no file of the repository may enter. */
  readonly closedTrees: readonly string[];
  /** Single files that no file of the repository may become. */
  readonly closedFiles: readonly string[];
}
