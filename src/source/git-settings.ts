/**
 * The whole configuration and environment of the agent's git processes, as text. Nothing of the host's git
 * configuration and nothing of the caller's environment that steers git gets in. Pure: must not touch files or
 * start processes, and never sees a secret: git is given the paths of the key and token files only.
 */
import type { Followed, RepositoryAccess } from "../core/model/repository-access.ts";
import { findHttpOrigin } from "./repository-url.ts";

export interface SettingsInput {
  readonly access: RepositoryAccess;
  readonly timeoutMs: number;
  /** Directories of a local source repository that git may read although another user owns them. */
  readonly trustedDirectories: readonly string[];
}

/** Ref of the clone that a fetch updates. */
export function trackingRef({ kind, name }: Followed): string {
  if (kind === "branch") return `refs/remotes/origin/${name}`;
  return kind === "tag" ? `refs/tags/${name}` : `refs/gitops-agent/commits/${name}`;
}

function buildRefspec(followed: Followed): string {
  const { kind, name } = followed;
  if (kind === "commit") return `${name}:${trackingRef(followed)}`;
  return `+refs/${kind === "branch" ? "heads" : "tags"}/${name}:${trackingRef(followed)}`;
}

/**
 * Answers git's question for a password (gitcredentials(7)) with the first line of the token file. A constant, so
 * nothing can be injected into it; `read` and `printf` are built into the shell, so the token is on no command line.
 */
const credentialHelper = [
  '!f() { test "$1" = get || return 0;',
  'IFS= read -r token <"$GITOPS_AGENT_TOKEN_FILE" || test -n "$token" || return 0;',
  'printf "password=%s\\n" "$token"; }; f',
].join(" ");

/**
 * Text of a git configuration file (git-config(1)) that stands in for the user's own: GIT_CONFIG_GLOBAL. It has to
 * be a file because git-upload-pack, which runs as a child for a local source, takes `safe.directory` from nowhere else.
 *
 * What is deliberately not set: `fetch.fsckObjects`, since object ids are verified without it, nothing is ever
 * checked out, readSnapshot checks every name, and old harmless commits would make a repository unusable for good.
 */
export function formatSettings(input: SettingsInput): string {
  const { access } = input;
  const timeoutSeconds = Math.max(1, Math.ceil(input.timeoutMs / 1000));
  const sections: [header: string, entries: [key: string, value: string][]][] = [
    ["safe", input.trustedDirectories.map((directory) => ["directory", directory])],
    [
      "core",
      [
        ["hooksPath", "/dev/null"],
        ["sshCommand", sshCommand(access, timeoutSeconds)],
      ],
    ],
    [
      "init",
      [
        ["templateDir", ""],
        ["defaultBranch", "main"],
      ],
    ],
    ["ssh", [["variant", "ssh"]]],
    ["protocol", [["allow", "never"]]],
    ...["file", "git", "http", "https", "ssh"].map((name): [string, [string, string][]] => [
      `protocol "${name}"`,
      [["allow", "always"]],
    ]),
    // Ends a remote helper that outlives a git process that was stopped; git itself is given up earlier.
    [
      "http",
      [
        ["lowSpeedLimit", "1"],
        ["lowSpeedTime", String(2 * timeoutSeconds)],
      ],
    ],
    // Housekeeping stays git's own and detached: a deployment never waits for it, git locks against itself, and
    // nothing is pruned, because the applied commit may be out of every branch's reach after a force-push.
    ["gc", [["pruneExpire", "never"]]],
    [
      'remote "origin"',
      [
        ["url", access.url],
        ["fetch", buildRefspec(access.followed)],
        ["tagOpt", "--no-tags"],
      ],
    ],
  ];
  const origin = access.tokenFile === undefined ? null : findHttpOrigin(access.url);
  // Bound to the origin: a redirect to another host must not get the token.
  if (origin !== null) {
    sections.push([
      `credential "${origin}"`,
      [
        ["username", "x-access-token"],
        ["helper", credentialHelper],
      ],
    ]);
  }
  return sections.map(([header, entries]) => formatSection(header, entries)).join("");
}

function formatSection(header: string, entries: readonly (readonly [string, string])[]): string {
  return `[${header}]\n${entries.map(([key, value]) => `\t${key} = ${quoteSetting(value)}\n`).join("")}`;
}

function quoteSetting(value: string): string {
  return `"${value.replace(/[\\"]/g, "\\$&").replace(/\n/g, "\\n")}"`;
}

/**
 * git hands this to a shell. It is therefore made of constants and one number; the paths come in through variables,
 * which a shell does not parse again.
 */
function sshCommand(access: RepositoryAccess, timeoutSeconds: number): string {
  const options = [
    "BatchMode=yes",
    "StrictHostKeyChecking=yes",
    "UpdateHostKeys=no",
    `ConnectTimeout=${timeoutSeconds}`,
    "ServerAliveInterval=10",
    "ServerAliveCountMax=3",
    "ControlMaster=no",
    "ControlPath=none",
    "ForwardAgent=no",
    "ClearAllForwardings=yes",
  ];
  if (access.knownHosts !== undefined) {
    options.push("UserKnownHostsFile=$GITOPS_AGENT_KNOWN_HOSTS", "GlobalKnownHostsFile=/dev/null");
  }
  if (access.sshKey !== undefined) options.push("IdentitiesOnly=yes", "IdentityFile=$GITOPS_AGENT_SSH_KEY");
  return ["ssh", ...options.map((option) => `-o "${option}"`)].join(" ");
}

/** A path as an argument of an option in ssh_config(5): quoted, and without `%` tokens. */
export function quoteSshPath(path: string): string {
  return `"${path.replace(/[\\"]/g, "\\$&").replace(/%/g, "%%")}"`;
}

/** Ways out of the host that belong to the network, not to git: proxies, certificates, an ssh agent. */
const inheritedNames = [
  "PATH",
  "http_proxy",
  "https_proxy",
  "all_proxy",
  "no_proxy",
  "HTTPS_PROXY",
  "ALL_PROXY",
  "NO_PROXY",
  "SSL_CERT_FILE",
  "SSL_CERT_DIR",
  "SSH_AUTH_SOCK",
];

/**
 * Environment of a git process that works on the bare clone in `directory`. GIT_DIR keeps git from searching the
 * parent directories for a repository when the clone is broken.
 */
export function buildReadEnvironment(directory: string, ambient: NodeJS.ProcessEnv): Record<string, string> {
  const inherited = inheritedNames.flatMap((name) => {
    const value = ambient[name];
    return value === undefined ? [] : [[name, value] as const];
  });
  return {
    PATH: "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
    ...Object.fromEntries(inherited),
    // libcurl would read ~/.netrc.
    HOME: directory,
    LC_ALL: "C",
    GIT_DIR: directory,
    GIT_CONFIG_NOSYSTEM: "1",
    GIT_CONFIG_GLOBAL: "/dev/null",
    GIT_TERMINAL_PROMPT: "0",
    GIT_NO_LAZY_FETCH: "1",
    GIT_NO_REPLACE_OBJECTS: "1",
  };
}

/** The same for processes that talk to the source repository, with the file that `formatSettings` made. */
export function buildFetchEnvironment(
  directory: string,
  settingsFile: string,
  access: RepositoryAccess,
  ambient: NodeJS.ProcessEnv,
): Record<string, string> {
  return {
    ...buildReadEnvironment(directory, ambient),
    GIT_CONFIG_GLOBAL: settingsFile,
    ...(access.sshKey === undefined ? {} : { GITOPS_AGENT_SSH_KEY: quoteSshPath(access.sshKey) }),
    ...(access.knownHosts === undefined ? {} : { GITOPS_AGENT_KNOWN_HOSTS: quoteSshPath(access.knownHosts) }),
    ...(access.tokenFile === undefined ? {} : { GITOPS_AGENT_TOKEN_FILE: access.tokenFile }),
  };
}
