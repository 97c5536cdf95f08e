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

export interface HostLayout extends LayoutPaths {
  /**
   * The manager that runs the units: that of the system, or that of one user. systemd's programs have an option of this
   * name.
   */
  readonly manager: "system" | "user";
  /** Where the manager answers, as a D-Bus address. */
  readonly busAddress: string;
  /** User and group of a file for which gitops.yaml names none. */
  readonly owner: string;
  readonly group: string;

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

  /** Trees that no file of the repository may enter. */
  readonly closedTrees: readonly string[];
  /** Single files that no file of the repository may become. */
  readonly closedFiles: readonly string[];
}

/** The paths for settings that agent.yaml does not have. */
export const systemPaths: LayoutPaths = {
  unitDirectory: "/etc/systemd/system",
  quadletDirectory: "/etc/containers/systemd",
  stateDirectory: "/var/lib/gitops-agent",
  runtimeDirectory: "/run/gitops-agent",
};

/** The directory of agent.yaml and of the files that it names: keys and signers. */
export const systemConfigDirectory = "/etc/gitops-agent";

/** The private key by which the host proves to ssh clients who it is. It can decrypt as well. */
export const systemSshKey = "/etc/ssh/ssh_host_ed25519_key";

/** User and group of the system's files. */
export const systemOwner = "root";

/** The layout of a host for an agent of the system manager. */
export function makeSystemLayout(paths: LayoutPaths): HostLayout {
  const credentialDirectory = `${paths.runtimeDirectory}/credentials`;
  return {
    ...paths,
    manager: "system",
    busAddress: "unix:path=/run/dbus/system_bus_socket",
    owner: systemOwner,
    group: systemOwner,
    cloneDirectory: `${paths.stateDirectory}/repository.git`,
    backupDirectory: `${paths.stateDirectory}/backups`,
    stagingDirectory: `${paths.stateDirectory}/staging`,
    credentialDirectory,
    credentialsPath: `${credentialDirectory}/current`,
    containerSecretsDirectory: `${credentialDirectory}/containers`,
    dropInParents: [
      "/etc/systemd/system.control",
      "/run/systemd/system.control",
      "/run/systemd/transient",
      paths.unitDirectory,
      "/run/systemd/system",
    ],
    // Without /lib: it is a link to /usr/lib.
    vendorDropInParents: ["/usr/local/lib/systemd/system", "/usr/lib/systemd/system"],
    vendorDirectories: [
      "/run/systemd/system",
      "/run/systemd/generator",
      "/usr/local/lib/systemd/system",
      "/usr/lib/systemd/system",
      // The same without merged /usr.
      "/lib/systemd/system",
      "/run/systemd/generator.late",
    ],
    generatorDirectories: [
      "/run/systemd/generator",
      "/run/systemd/generator.early",
      "/run/systemd/generator.late",
    ],
    timerStampDirectory: "/var/lib/systemd/timers",
    credentialStores: {
      LoadCredential: listCredentialStores("credstore"),
      LoadCredentialEncrypted: listCredentialStores("credstore.encrypted"),
    },
    specifiers: {
      C: "/var/cache",
      E: "/etc",
      L: "/var/log",
      S: "/var/lib",
      t: "/run",
      h: "/root",
      u: systemOwner,
      U: "0",
      g: systemOwner,
      G: "0",
    },
    managerPrograms: ["/usr/lib/systemd/systemd", "/lib/systemd/systemd"],
    foreignQuadletDirectories: ["/run/containers/systemd", "/usr/share/containers/systemd"],
    quadletGenerators: [
      "/usr/lib/systemd/system-generators/podman-system-generator",
      // Where Podman 4 and some distributions keep it.
      "/usr/libexec/podman/quadlet",
      "/usr/lib/podman/quadlet",
    ],
    closedTrees: [...closedTrees, paths.stateDirectory, paths.runtimeDirectory],
    closedFiles,
  };
}

function listCredentialStores(name: string): readonly string[] {
  const parents = ["/etc", "/run", "/usr/local/lib", "/usr/lib"];
  return [...parents.map((parent) => `${parent}/${name}`), "/run/credentials/@system"];
}

/** Directories of the kernel and the running system, and those that decide whom the agent trusts. */
const closedTrees = [
  "/proc",
  "/sys",
  "/dev",
  "/run",
  "/var/run",
  "/var/lock",
  systemConfigDirectory,
  "/etc/credstore",
  "/etc/ssh",
  "/usr/local/lib/gitops-agent",
  "/usr/lib/gitops-agent",
  // Where systemd would take units and programs from that belong into units/, or run them at a daemon-reload.
  "/etc/systemd/system",
  "/etc/systemd/system.control",
  "/etc/systemd/system.attached",
  "/etc/systemd/system-generators",
  "/etc/systemd/system-environment-generators",
  "/usr/share/containers/systemd",
  "/usr/local/lib/systemd",
  "/usr/lib/systemd",
  "/lib/systemd",
];

/** Files that decide who can log in, what is mounted at boot, and what the agent's command is. */
const closedFiles = [
  "/usr/local/bin/gitops-agent",
  "/usr/bin/gitops-agent",
  "/etc/passwd",
  "/etc/shadow",
  "/etc/group",
  "/etc/gshadow",
  "/etc/sudoers",
  "/etc/fstab",
];
