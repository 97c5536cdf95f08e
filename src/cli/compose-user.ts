/** Finds out who calls a command with --user, and whether the service manager of this user runs. */
import { lstat } from "node:fs/promises";
import { userInfo } from "node:os";
import path from "node:path";
import { AgentError, type Diagnostic } from "../core/model/errors.ts";
import type { HostLayout } from "../core/model/host-layout.ts";
import { type ManagerScope, makeUserScope } from "../core/model/manager-scope.ts";
import { type UserAccount, usualRuntimeDirectory } from "../core/model/user-layout.ts";
import { loadAccounts } from "../host/accounts.ts";
import { ifAbsent } from "../lib/system-error.ts";

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * The scope of the user that this process runs as. Home is what the user database says, as for the manager itself, and not
 * $HOME: sudo may have left that of another user.
 * @throws AgentError `config-invalid` when this user has no home directory
 */
export async function readUserScope(env: Environment): Promise<ManagerScope> {
  const { username: name, uid, gid, homedir: home } = userInfo();
  if (!path.isAbsolute(home) || home === "/") {
    throw new AgentError("config-invalid", `the user ${name} has no home directory for an agent of its own`, {
      hint: "use the agent of the system for it: a service with User= needs no home",
    });
  }
  const group = await (await loadAccounts()).nameOf("group", gid);
  return makeUserScope({ name, uid, gid, group, home, ...chooseDirectories(env, home, uid) });
}

/** The XDG Base Directory Specification: what is not absolute counts as not set. */
function chooseDirectories(env: Environment, home: string, uid: number) {
  const choose = (variable: string, usual: string) => {
    const set = env[variable] ?? "";
    return path.isAbsolute(set) ? path.normalize(set).replace(/(?<=.)\/$/, "") : usual;
  };
  return {
    configHome: choose("XDG_CONFIG_HOME", `${home}/.config`),
    stateHome: choose("XDG_STATE_HOME", `${home}/.local/state`),
    dataHome: choose("XDG_DATA_HOME", `${home}/.local/share`),
    cacheHome: choose("XDG_CACHE_HOME", `${home}/.cache`),
    runtimeDirectory: choose("XDG_RUNTIME_DIR", usualRuntimeDirectory(uid)),
  };
}

/**
 * Fails when the manager of this user cannot run. Does nothing for the system's manager.
 * @throws AgentError `systemd-unreachable`
 */
export async function requireManager({ user }: ManagerScope): Promise<void> {
  if (user === null) return;
  const stats = await lstat(user.runtimeDirectory).catch(ifAbsent(null));
  if (stats === null) throw notRunning(user);
  if (stats.uid !== user.uid) throw ofAnother(user);
}

/** A warning when the manager, and all that it runs, ends with the last session of its user. */
export async function findLingerRisk({ lingerFile, owner }: HostLayout): Promise<Diagnostic | null> {
  if (lingerFile === null || (await lstat(lingerFile).catch(ifAbsent(null))) !== null) return null;
  return {
    severity: "warning",
    code: "no-lingering",
    file: lingerFile,
    message: `the services of ${owner} end with the last login session, and do not start at boot`,
    hint: `let them run without a login: loginctl enable-linger ${owner}`,
  };
}

function notRunning({ name, runtimeDirectory }: UserAccount): AgentError {
  return new AgentError(
    "systemd-unreachable",
    `the service manager of ${name} does not run: there is no ${runtimeDirectory}`,
    {
      subject: runtimeDirectory,
      hint: `let it run without a login: loginctl enable-linger ${name}; or log in as ${name} (su and sudo are no login)`,
    },
  );
}

function ofAnother({ name, uid, runtimeDirectory }: UserAccount): AgentError {
  return new AgentError(
    "systemd-unreachable",
    `XDG_RUNTIME_DIR is ${runtimeDirectory}, which does not belong to ${name}`,
    {
      subject: runtimeDirectory,
      hint: `set it for this user: XDG_RUNTIME_DIR=${usualRuntimeDirectory(uid)}; machinectl shell ${name}@ does that by itself`,
    },
  );
}
