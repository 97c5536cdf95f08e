/**
 * What a repository's URL says: what may be shown of it, and whether it is a directory of this host. Must not reach the
 * network; looks at the local file system only to find a local repository.
 */
import { readFileSync, realpathSync, statSync } from "node:fs";
import { dirname, join, resolve } from "node:path";

/** `user@host:path`, the short form in git-fetch(1) that is not a real URL. */
const scpLike = /^([^/@]*@)?(\[[^\]]+\]|[^/:]+):(?!\/\/)(.*)$/s;

/** A longer user name is taken for a token. */
const longestUser = 19;

/**
 * The URL for messages and logs, such that it can be copied. It has no password, query or control character, and a user name
 * only for ssh.
 */
export function describeUrl(url: string): string {
  return withoutSecrets(url).replace(/\p{Cc}/gu, "?");
}

function withoutSecrets(url: string): string {
  if (url.includes("://")) {
    const parsed = parseUrl(url);
    if (parsed === null) return "the repository";
    const { protocol, username, host, pathname } = parsed;
    const user = protocol === "ssh:" && username.length <= longestUser ? username : "";
    return `${protocol}//${user === "" ? "" : `${user}@`}${host}${pathname}`;
  }
  const [, user = "", host, path] = (url.startsWith("/") ? null : scpLike.exec(url)) ?? [];
  if (host === undefined) return url;
  return `${user.length <= longestUser + 1 ? user : ""}${host}:${path}`;
}

/** Whether the URL contains a password, which every user of the host could see among git's arguments. */
export function hasPassword(url: string): boolean {
  return url.includes("://") && (parseUrl(url)?.password ?? "") !== "";
}

/** Scheme, host and port of an http or https URL; null for every other kind. */
export function findHttpOrigin(url: string): string | null {
  const parsed = /^https?:\/\//i.test(url) ? parseUrl(url) : null;
  return parsed === null ? null : parsed.origin;
}

/** The directory that a `file:` URL or an absolute path names, also when it does not exist; null for a remote URL. */
export function findLocalPath(url: string): string | null {
  if (url.startsWith("/")) return resolve(url);
  if (!/^file:\/\//i.test(url)) return null;
  try {
    return resolve(decodeURIComponent(new URL(url).pathname));
  } catch {
    return null;
  }
}

/**
 * Finds the directory whose refs change when somebody pushes to a local repository or commits in it: the bare repository
 * itself, the `.git` of a work tree, or the common directory of a linked work tree.
 * @returns null when the URL is not local, and while no repository is there
 */
export function findLocalRepository(url: string): string | null {
  const path = findLocalPath(url);
  if (path === null) return null;
  // The order in which git itself tries them (git-fetch(1), "GIT URLS").
  for (const candidate of [join(path, ".git"), path, `${path}.git`, join(`${path}.git`, ".git")]) {
    const directory = followGitFile(candidate);
    if (isFile(join(directory, "HEAD"))) return findCommonDirectory(directory);
  }
  return null;
}

function followGitFile(path: string): string {
  const target = isFile(path) ? /^gitdir: (.+?)\s*$/.exec(readFileSync(path, "utf8"))?.[1] : undefined;
  return target === undefined ? path : resolve(dirname(path), target);
}

function findCommonDirectory(directory: string): string {
  const pointer = join(directory, "commondir");
  return isFile(pointer) ? resolve(directory, readFileSync(pointer, "utf8").trim()) : directory;
}

function isFile(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isFile() ?? false;
}

function parseUrl(url: string): URL | null {
  return URL.canParse(url) ? new URL(url) : null;
}

/**
 * The directories of a local source repository, for git's safe.directory: git reads them although another user owns them.
 * That is no risk: the commits become root's units, so the owner controls this host anyway. git compares the path as it was
 * given and, in newer versions, the real path, so both are listed.
 */
export function findTrustedDirectories(url: string): string[] {
  const path = findLocalPath(url);
  if (path === null) return [];
  const repository = findLocalRepository(url);
  const reached = [path, join(path, ".git"), `${path}.git`, ...(repository === null ? [] : [repository])];
  return [...new Set([...reached, ...(repository === null ? [] : [realpathSync(repository)])])];
}
