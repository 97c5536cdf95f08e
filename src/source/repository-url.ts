/**
 * What a repository's URL says: what may be shown of it, and whether it is a directory of this host. Must not reach the
 * network; looks at the local file system only to find a local repository.
 */
import { readFileSync, statSync } from "node:fs";
import { dirname, join, resolve } from "node:path";

/** `user@host:path`, the short form that git-fetch(1) documents beside real URLs. */
const scpLike = /^([^/@]*@)?(\[[^\]]+\]|[^/:]+):(?!\/\/)(.*)$/s;

/** Longer user names are tokens. */
const longestUser = 19;

/**
 * The URL as it can be shown and copied: no password, query or control character, and of users only one that ssh logs in
 * with. Fit for messages and logs.
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

/** True for a URL with a password in it: git would show it to every user of the host as a process argument. */
export function hasPassword(url: string): boolean {
  return url.includes("://") && (parseUrl(url)?.password ?? "") !== "";
}

/** Scheme, host and port of an http or https URL; null for every other kind. */
export function findHttpOrigin(url: string): string | null {
  const parsed = /^https?:\/\//i.test(url) ? parseUrl(url) : null;
  return parsed === null ? null : parsed.origin;
}

/** The directory that a `file:` URL or an absolute path names, whether or not it exists; null for a remote URL. */
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
 * The directory whose refs change when somebody pushes to (or commits in) a local repository: a bare repository
 * itself, the `.git` of a work tree, the common directory of a linked work tree.
 * Null when the URL is not local, and while no repository is there.
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
