/** The places of the system's manager, and of its agent. Pure data. */
import type { HostLayout, LayoutPaths } from "./host-layout.ts";

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
    managerEnvironment: {},
    journal: { from: "_SYSTEMD_UNIT", about: "UNIT", also: [] },
    owner: systemOwner,
    group: systemOwner,
    readersGroup: "gitops-agent",
    lingerFile: null,
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
    quadletArguments: [],
    fileTrees: ["/"],
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
