/** Which ssh server a repository's URL names, and what that server's answer to ssh-keyscan(1) says. Pure. */
import { createHash } from "node:crypto";

export interface SshServer {
  readonly host: string;
  /** Null: 22, or what ssh_config(5) says. */
  readonly port: string | null;
  /** How known_hosts names it (sshd(8), "SSH_KNOWN_HOSTS FILE FORMAT"). */
  readonly knownAs: string;
}

export interface HostKey {
  /** `ssh-ed25519`, for example. */
  readonly type: string;
  /** `SHA256:…`, as ssh-keygen -l and the operators of git servers show it. */
  readonly fingerprint: string;
  /** The line of known_hosts that pins this key. */
  readonly line: string;
}

/** The ssh server of a URL that git reaches by ssh (git-fetch(1), "GIT URLS"); null for any other URL. */
export function findSshServer(url: string): SshServer | null {
  if (/^ssh:\/\//i.test(url) && URL.canParse(url)) {
    const { hostname, port } = new URL(url);
    return makeServer(hostname.replace(/^\[|\]$/g, ""), port === "" ? null : port);
  }
  if (url.includes("://") || url.startsWith("/")) return null;
  const [, bracketed, plain] = /^(?:[^/@]*@)?(?:\[([^\]]+)\]|([^/:@]+)):/.exec(url) ?? [];
  const host = bracketed ?? plain;
  return host === undefined ? null : makeServer(host, null);
}

function makeServer(host: string, port: string | null): SshServer {
  return { host, port, knownAs: port === null || port === "22" ? host : `[${host}]:${port}` };
}

/** The kinds of key that ssh can use today, the best one first. */
export const hostKeyTypes = [
  "ssh-ed25519",
  "ecdsa-sha2-nistp256",
  "ecdsa-sha2-nistp384",
  "ecdsa-sha2-nistp521",
  "ssh-rsa",
];

/**
 * The host keys that ssh-keyscan printed, the best kind first. What is not the line of a key is left out. The name in the
 * lines is ours and not the server's.
 */
export function readHostKeys(scanned: string, server: SshServer): readonly HostKey[] {
  const keys = scanned.split("\n").flatMap((line): readonly HostKey[] => {
    const [, type = "", blob = ""] = /^\S+ ([\w-]+) ([A-Za-z0-9+/]+={0,2})\s*$/.exec(line) ?? [];
    if (!hostKeyTypes.includes(type)) return [];
    const digest = createHash("sha256").update(Buffer.from(blob, "base64")).digest("base64");
    const fingerprint = `SHA256:${digest.replace(/=+$/, "")}`;
    return [{ type, fingerprint, line: `${server.knownAs} ${type} ${blob}` }];
  });
  return keys.sort((a, b) => hostKeyTypes.indexOf(a.type) - hostKeyTypes.indexOf(b.type));
}
