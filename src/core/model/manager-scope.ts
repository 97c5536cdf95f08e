/** Whose units an agent manages, and what follows from that before agent.yaml is read. Pure data, made once and handed along. */
import type { HostLayout, LayoutPaths } from "./host-layout.ts";
import { makeSystemLayout, systemConfigDirectory, systemPaths, systemSshKey } from "./system-layout.ts";
import {
  makeUserLayout,
  makeUserPaths,
  type UserAccount,
  userConfigDirectory,
  usualRuntimeDirectory,
} from "./user-layout.ts";

export interface ManagerScope {
  readonly manager: HostLayout["manager"];
  /** Null for the system's manager. */
  readonly user: UserAccount | null;
  /** The directory of agent.yaml and of the files that it names. */
  readonly configDirectory: string;
  /** The paths for settings that agent.yaml does not have. */
  readonly paths: LayoutPaths;
  /** An ssh key that stands there already and can decrypt as well. */
  readonly sshKey: string;
  /** The key of the agent in `configDirectory`, where it makes one. */
  readonly identityName: string;
}

export const systemScope: ManagerScope = {
  manager: "system",
  user: null,
  configDirectory: systemConfigDirectory,
  paths: systemPaths,
  sshKey: systemSshKey,
  identityName: "identity.txt",
};

export function makeUserScope(user: UserAccount): ManagerScope {
  return {
    manager: "user",
    user,
    configDirectory: userConfigDirectory(user),
    paths: makeUserPaths(user),
    sshKey: `${user.home}/.ssh/id_ed25519`,
    // identity.txt is the key with which this person writes secrets, and it outlives the agent.
    identityName: "agent-identity.txt",
  };
}

/** @param paths those of the scope, unless agent.yaml says otherwise */
export function makeLayout({ user }: ManagerScope, paths: LayoutPaths): HostLayout {
  return user === null ? makeSystemLayout(paths) : makeUserLayout(user, paths);
}

/**
 * The host's name in the repository when agent.yaml does not say. That of a user differs from that of the system, so that
 * both can follow one repository and neither gets what is meant for the other.
 */
export function nameHost({ user }: ManagerScope, hostname: string): string {
  return user === null ? hostname : `${user.name}@${hostname}`;
}

/**
 * The layout of a host that is not at hand, as far as its name in the repository tells: `alice@media` is a user's. Where that
 * user's home is, and so which files may be written, only the host itself knows.
 */
export function guessLayout(host: string, manager: HostLayout["manager"]): HostLayout {
  const [name = "", machine] = host.split("@");
  if (manager === "system" && machine === undefined) return makeSystemLayout(systemPaths);
  const user = imagineUser(machine === undefined ? "user" : name);
  return { ...makeUserLayout(user, makeUserPaths(user)), fileTrees: ["/"] };
}

function imagineUser(name: string): UserAccount {
  const home = `/home/${name}`;
  return {
    name,
    uid: 1000,
    group: name,
    gid: 1000,
    home,
    configHome: `${home}/.config`,
    stateHome: `${home}/.local/state`,
    dataHome: `${home}/.local/share`,
    cacheHome: `${home}/.cache`,
    runtimeDirectory: usualRuntimeDirectory(1000),
  };
}
