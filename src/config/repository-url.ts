/**
 * Tells from a URL how git reaches the repository (git-fetch(1), "GIT URLS"). Connects to nothing. Its messages never
 * repeat the URL, because it may hold a password.
 */

import type { Problem } from "./names.ts";

/** `local` is a path or a file:// URL. */
export type Transport = "https" | "http" | "ssh" | "git" | "local";

/** The transport of a URL, or null when it is none that is supported. */
export function findTransport(url: string): Transport | null {
  if (/[\s\p{Cc}]/u.test(url) || url.startsWith("-")) return null;
  if (url.startsWith("/")) return "local";
  const scheme = /^([a-z]+):\/\/(?=[^/])/.exec(url)?.[1];
  if (scheme === "https" || scheme === "http" || scheme === "ssh" || scheme === "git") {
    return isUrl(url) ? scheme : null;
  }
  if (url.startsWith("file:///")) return "local";
  // me@host:path; two colons would be a remote helper (ext::sh -c …), which runs commands.
  return /^(?:[\w.-]+@)?(?:[A-Za-z0-9][\w.-]*|\[[\da-fA-F:]+\]):(?!:|\/\/)\S+$/.test(url) ? "ssh" : null;
}

/** Null when the agent can follow a repository at this URL. */
export function checkRepositoryUrl(url: string): Problem | null {
  if (hasSecret(url)) {
    return {
      message: "the URL contains a password or a token",
      hint: url.startsWith("ssh:")
        ? "log in with a key instead: ssh-key"
        : "put it into a file that only root can read, and name that file with token-file",
    };
  }
  if (findTransport(url) !== null) return null;
  return {
    message: "expected the URL of a git repository",
    hint: "for example https://git.example.org/hosts.git, git@git.example.org:me/hosts.git, or an absolute path",
  };
}

const minTokenLength = 20;

/** Whether the URL has a password, or a user name so long that it must be a token. */
function hasSecret(url: string): boolean {
  const userInfo = /^[a-z+]+:\/\/([^/]*)@/i.exec(url)?.[1] ?? "";
  return userInfo.includes(":") || userInfo.length >= minTokenLength;
}

function isUrl(url: string): boolean {
  return URL.canParse(url) && new URL(url).hostname !== "";
}
