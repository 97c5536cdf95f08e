/**
 * Makes the whole configuration and environment of the agent's git processes. Nothing of the host's git configuration, and
 * no variable of the caller that controls git, gets into it. Pure: must not touch files or start processes. Must not see a
 * secret: git gets only the paths of the key and token files.
 */
import type { Followed, RepositoryAccess } from "../core/model/repository-access.ts";
import { findHttpOrigin } from "./repository-url.ts";

export interface SettingsInput {
  readonly access: RepositoryAccess;
  readonly timeoutMs: number;
  /** Directories of a local source repository that git may read although another user owns them. */
  readonly trustedDirectories: readonly string[];
}

/** The ref of the clone that a fetch updates. */
export function trackingRef({ kind, name }: Followed): string {
  if (kind === "branch") return `refs/remotes/origin/${name}`;
  return kind === "tag" ? `refs/tags/${name}` : `refs/gitops-agent/commits/${name}`;
}

/** The ref of the source that is followed; null when a commit is. */
export function sourceRef({ kind, name }: Followed): string | null {
  return kind === "commit" ? null : `refs/${kind === "branch" ? "heads" : "tags"}/${name}`;
}

function buildRefspec(followed: Followed): string {
  const ref = sourceRef(followed);
  return `${ref === null ? followed.name : `+${ref}`}:${trackingRef(followed)}`;
}

/**
 * Answers git's question for a password (gitcredentials(7)) with the first line of the token file. It is a constant, so
 * nothing can be injected into it. `read` and `printf` are built into the shell, so the token is on no command line.
 */
const credentialHelper = [
  '!f() { test "$1" = get || return 0;',
  'IFS= read -r token <"$GITOPS_AGENT_TOKEN_FILE" || test -n "$token" || return 0;',
  'printf "password=%s\\n" "$token"; }; f',
].join(" ");

/**
 * Makes the text of a git configuration file (git-config(1)), which replaces the user's own (GIT_CONFIG_GLOBAL). It must be
 * a file, because git-upload-pack, which runs as a child for a local source, reads `safe.directory` only from there.
 *
 * `fetch.fsckObjects` is not set: object ids are verified without it, nothing is checked out, and readSnapshot checks every
 * name. With it, old harmless commits would make a repository unusable for ever.
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
    // Ends a remote helper that is left when its git process was stopped; git itself is stopped earlier.
    [
      "http",
      [
        ["lowSpeedLimit", "1"],
        ["lowSpeedTime", String(2 * timeoutSeconds)],
      ],
    ],
    // git does its own housekeeping in the background: no sync waits for it, and git has its own locks for it. Nothing is
    // pruned, because after a force-push no branch may reach the applied commit any more.
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
  // The section is for this origin only: after a redirect to another host the token must not be sent.
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
 * The ssh command, which git gives to a shell. It is therefore made of constants and one number only. Paths are in
 * variables, whose values a shell does not parse again.
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

/**
 * Variables of the caller that git gets: they are about the network and not about git (proxies, certificates, an ssh
 * agent).
 */
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
 * The environment of a git process that reads the bare clone in `directory`. With GIT_DIR, git does not search the parent
 * directories for a repository when the clone is broken.
 */
export function buildReadEnvironment(directory: string, ambient: NodeJS.ProcessEnv): Record<string, string> {
  const inherited = inheritedNames.flatMap((name) => {
    const value = ambient[name];
    return value === undefined ? [] : [[name, value] as const];
  });
  return {
    PATH: "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
    ...Object.fromEntries(inherited),
    // With the user's own HOME, libcurl would read ~/.netrc.
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

/** The environment of a git process that talks to the source repository, with the file that `formatSettings` made. */
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
