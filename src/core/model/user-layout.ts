/** The places of the manager of one user, and of that user's agent. Pure data. */
import type { HostLayout, LayoutPaths } from "./host-layout.ts";

/** A user of the host, with the directories that the XDG Base Directory Specification names. All are absolute. */
export interface UserAccount {
  readonly name: string;
  readonly uid: number;
  readonly group: string;
  readonly gid: number;
  readonly home: string;
  readonly configHome: string;
  readonly stateHome: string;
  readonly dataHome: string;
  readonly cacheHome: string;
  /** In memory, and there as long as the user's manager runs (pam_systemd(8), XDG_RUNTIME_DIR). */
  readonly runtimeDirectory: string;
}

/** Where pam_systemd(8) makes the runtime directory of a user. */
export function usualRuntimeDirectory(uid: number): string {
  return `/run/user/${uid}`;
}

/** The directory of agent.yaml and of the files that it names. */
export function userConfigDirectory({ configHome }: UserAccount): string {
  return `${configHome}/gitops-agent`;
}

/** The paths for settings that agent.yaml does not have. */
export function makeUserPaths({ configHome, stateHome, runtimeDirectory }: UserAccount): LayoutPaths {
  return {
    unitDirectory: `${configHome}/systemd/user`,
    quadletDirectory: `${configHome}/containers/systemd`,
    stateDirectory: `${stateHome}/gitops-agent`,
    runtimeDirectory: `${runtimeDirectory}/gitops-agent`,
  };
}

/** The layout of a host for an agent of one user's manager. */
export function makeUserLayout(user: UserAccount, paths: LayoutPaths): HostLayout {
  const { configHome, dataHome, runtimeDirectory } = user;
  const credentialDirectory = `${paths.runtimeDirectory}/credentials`;
  const runtime = `${runtimeDirectory}/systemd`;
  const administrators = ["/etc/xdg/systemd/user", "/etc/systemd/user"];
  const packages = [
    "/usr/local/share/systemd/user",
    "/usr/share/systemd/user",
    "/usr/local/lib/systemd/user",
    "/usr/lib/systemd/user",
  ];
  return {
    ...paths,
    manager: "user",
    busAddress: `unix:path=${runtimeDirectory}/bus`,
    managerEnvironment: listVariables(user),
    journal: { from: "_SYSTEMD_USER_UNIT", about: "USER_UNIT", also: [`_UID=${user.uid}`] },
    owner: user.name,
    group: user.group,
    readersGroup: null,
    lingerFile: `/var/lib/systemd/linger/${user.name}`,
    cloneDirectory: `${paths.stateDirectory}/repository.git`,
    backupDirectory: `${paths.stateDirectory}/backups`,
    stagingDirectory: `${paths.stateDirectory}/staging`,
    credentialDirectory,
    credentialsPath: `${credentialDirectory}/current`,
    containerSecretsDirectory: `${credentialDirectory}/containers`,
    dropInParents: [
      `${configHome}/systemd/user.control`,
      `${runtime}/user.control`,
      `${runtime}/transient`,
      paths.unitDirectory,
      ...administrators,
      `${runtime}/user`,
      "/run/systemd/user",
      `${dataHome}/systemd/user`,
    ],
    vendorDropInParents: packages,
    vendorDirectories: [
      ...administrators,
      `${runtime}/user`,
      "/run/systemd/user",
      `${runtime}/generator`,
      `${dataHome}/systemd/user`,
      ...packages,
      `${runtime}/generator.late`,
    ],
    generatorDirectories: [`${runtime}/generator`, `${runtime}/generator.early`, `${runtime}/generator.late`],
    timerStampDirectory: `${dataHome}/systemd/timers`,
    credentialStores: {
      LoadCredential: listCredentialStores(user, "credstore"),
      LoadCredentialEncrypted: listCredentialStores(user, "credstore.encrypted"),
    },
    specifiers: listSpecifiers(user),
    managerPrograms: ["/usr/lib/systemd/systemd", "/lib/systemd/systemd"],
    foreignQuadletDirectories: [
      `${runtimeDirectory}/containers/systemd`,
      `/etc/containers/systemd/users/${user.uid}`,
      "/etc/containers/systemd/users",
      "/usr/share/containers/systemd/users",
    ],
    quadletGenerators: [
      "/usr/lib/systemd/user-generators/podman-user-generator",
      // Where Podman 4 and some distributions keep it.
      "/usr/libexec/podman/quadlet",
      "/usr/lib/podman/quadlet",
    ],
    quadletArguments: ["-user"],
    fileTrees: [user.home],
    closedTrees: [...listClosedTrees(user), paths.stateDirectory, paths.runtimeDirectory],
    closedFiles: [`${user.home}/.local/bin/gitops-agent`],
  };
}

/** Which of them a manager looks at depends on its version (systemd.exec(5), LoadCredential=). */
function listCredentialStores(user: UserAccount, name: string): readonly string[] {
  const parents = [
    user.configHome,
    user.runtimeDirectory,
    user.dataHome,
    "/etc",
    "/run",
    "/usr/local/lib",
    "/usr/lib",
  ];
  return parents.map((parent) => `${parent}/${name}`);
}

/** Without them systemd's programs look for the manager of root. */
function listVariables(user: UserAccount): Readonly<Record<string, string>> {
  return {
    HOME: user.home,
    XDG_CONFIG_HOME: user.configHome,
    XDG_STATE_HOME: user.stateHome,
    XDG_DATA_HOME: user.dataHome,
    XDG_CACHE_HOME: user.cacheHome,
    XDG_RUNTIME_DIR: user.runtimeDirectory,
  };
}

/** %S and %L are those of systemd 254 and newer: before, they were in the directory of the configuration. */
function listSpecifiers(user: UserAccount): HostLayout["specifiers"] {
  return {
    C: user.cacheHome,
    E: user.configHome,
    L: `${user.stateHome}/log`,
    S: user.stateHome,
    t: user.runtimeDirectory,
    h: user.home,
    u: user.name,
    U: String(user.uid),
    g: user.group,
    G: String(user.gid),
  };
}

/** What decides whom the agent trusts, who may log in as the user, and where systemd takes units from. */
function listClosedTrees(user: UserAccount): readonly string[] {
  return [
    userConfigDirectory(user),
    `${user.home}/.ssh`,
    `${user.home}/.gnupg`,
    `${user.home}/.local/lib/gitops-agent`,
    `${user.configHome}/credstore`,
    `${user.configHome}/credstore.encrypted`,
    `${user.configHome}/systemd/user`,
    `${user.configHome}/systemd/user.control`,
    `${user.dataHome}/systemd`,
  ];
}
