/** Which Debian packages the tests need, and what for. */

export interface NeededPackage {
  readonly name: string;
  /** Completes "because". */
  readonly because: string;
}

export const machinePackages: readonly NeededPackage[] = [
  { name: "systemd-container", because: "test machines are booted with systemd-nspawn" },
  { name: "util-linux", because: "test machines are entered with nsenter" },
  { name: "bsdutils", because: "a shell in a test machine gets its terminal from script" },
];

/** The host's root is what its machines boot from, so these are for the inside of the machines. */
export const hostRootPackages: readonly NeededPackage[] = [
  { name: "systemd", because: "machines on the host's root boot its systemd" },
  { name: "systemd-sysv", because: "machines on the host's root boot its systemd" },
  { name: "dbus", because: "the agent talks to systemd over D-Bus" },
  { name: "dbus-user-session", because: "the agent's user mode needs a user bus" },
  { name: "libnss-systemd", because: "DynamicUser= needs it to name its users" },
  { name: "libpam-systemd", because: "the agent's user mode needs a user manager" },
  { name: "git", because: "the agent fetches with git" },
  { name: "openssh-client", because: "the agent fetches over ssh, and tests sign commits" },
  { name: "openssh-server", because: "a git server in a test machine is reached over ssh" },
  { name: "gpg", because: "tests sign commits" },
  { name: "age", because: "tests encrypt secrets with the age command" },
  { name: "iproute2", because: "example services bring up the loopback interface" },
  { name: "curl", because: "example services are checked with it" },
  { name: "procps", because: "tests look at processes" },
];

export const debian13Packages: readonly NeededPackage[] = [
  { name: "debootstrap", because: "it builds the Debian 13 root" },
  { name: "debian-archive-keyring", because: "debootstrap verifies the Debian archive with it" },
];

/** For the integration tests, which run on this host and not in a machine. */
export const integrationPackages: readonly NeededPackage[] = [
  { name: "git", because: "the agent fetches with git" },
  { name: "openssh-client", because: "the agent fetches over ssh, and tests sign commits" },
  { name: "openssh-server", because: "the agent fetches from a real sshd" },
  { name: "gpg", because: "tests sign commits" },
  { name: "gpg-agent", because: "gpg signs with it" },
  { name: "age", because: "tests encrypt secrets with the age command" },
  { name: "systemd", because: "the agent validates units with systemd-analyze" },
  { name: "dbus", because: "tests start a dbus-daemon of their own" },
  { name: "bsdutils", because: "a command in a test gets its terminal from script" },
  { name: "openssl", because: "tests make a certificate" },
  { name: "lintian", because: "it checks the Debian package" },
  { name: "man-db", because: "a test reads the man page as people do" },
];
