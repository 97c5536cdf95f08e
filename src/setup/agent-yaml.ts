/** The text of a new agent.yaml, with comments for the person who reads it later. Pure; must not know what is on the host. */

export interface AgentYaml {
  readonly url: string;
  readonly branch: string;
  /** Null: the name of the host itself, also when that changes. */
  readonly host: string | null;
  readonly sshKey: string | null;
  readonly knownHosts: string | null;
  readonly tokenFile: string | null;
  readonly identity: string;
}

/** The text that agent.yaml has for these values, whose paths are absolute. It ends with a line end. */
export function formatAgentYaml(values: AgentYaml): string {
  const lines = [
    "# What gitops-agent follows, and how, on this host. Only the administrator of the host writes this file: nothing in the",
    "# repository can widen what it allows. The agent reads it at its start. All keys: gitops-agent's docs/configuration.md",
    "",
    "repository:",
    `  url: ${quote(values.url)}`,
    "  # Instead of a branch: tag: v1, or commit: and its full id, which holds this host at one revision.",
    `  branch: ${quote(values.branch)}`,
    ...formatAccess(values),
    "",
    "# Decides which hosts/NAME/ and which roles of the repository are for this host. Default: the host name.",
    values.host === null ? "# host: NAME" : `host: ${quote(values.host)}`,
    "",
    "# How often the repository is asked for a new commit. The branch of a repository on this host is watched as well.",
    "interval: 60s",
    "",
    "# The private keys that decrypt this host's secrets.",
    "identities:",
    `  - ${quote(values.identity)}`,
    "",
    "# Whose commits to trust. Without it: everybody who can push to the repository, and so is root on this host.",
    "# verify:",
    "#   allowed-signers: FILE, with lines as in ssh-keygen(1), ALLOWED SIGNERS",
  ];
  return `${lines.join("\n")}\n`;
}

function formatAccess({ sshKey, knownHosts, tokenFile }: AgentYaml): readonly string[] {
  const entries = [
    ["The deploy key. Its public half may read the repository, and nothing else.", "ssh-key", sshKey],
    ["The git server's host key, as somebody has confirmed it.", "known-hosts", knownHosts],
    ["The access token, alone on one line.", "token-file", tokenFile],
  ] as const;
  return entries.flatMap(([comment, key, value]) =>
    value === null ? [] : [`  # ${comment}`, `  ${key}: ${quote(value)}`],
  );
}

/**
 * A text as YAML reads it back. Paths and URLs are easier to read without quotes, and a text with a slash is no number and
 * no word with a meaning of its own.
 */
function quote(text: string): string {
  const isPlain = /^[A-Za-z/][\w/.@:+~-]*\/[\w/.@+~-]*$/.test(text);
  return isPlain ? text : JSON.stringify(text);
}
