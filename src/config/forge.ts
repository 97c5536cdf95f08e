/** What the URL of a repository says about the forge that it is on. Reads nothing. */
import type { Forge } from "../core/model/integration-settings.ts";

export interface ForgeGuess {
  /** Null when the host is none of the well-known ones. */
  readonly forge: Forge | null;
  /** Null for a repository on this host. */
  readonly host: string | null;
  /** Null when the URL has no path of two parts. */
  readonly project: string | null;
}

const forgesByHost: Readonly<Record<string, Forge>> = {
  "github.com": "github",
  "gitlab.com": "gitlab",
  "codeberg.org": "forgejo",
};

/** `user@host:path`, the short form in git-fetch(1). */
const scpLike = /^(?:[^/@]*@)?([^/:]+):(?!\/\/)(.*)$/s;

export function guessForge(url: string): ForgeGuess {
  const { host, path } = splitUrl(url);
  const project = path.replace(/^\/+|\/+$/g, "").replace(/\.git$/, "");
  return {
    forge: forgesByHost[host] ?? null,
    host: host === "" ? null : host,
    project: project.includes("/") && host !== "" ? project : null,
  };
}

/** Where the API is on a host of this kind, unless its administrator says otherwise. */
export function usualApiUrl(forge: Forge, host: string): string {
  if (forge === "github") return host === "github.com" ? "https://api.github.com" : `https://${host}/api/v3`;
  return forge === "gitlab" ? `https://${host}/api/v4` : `https://${host}/api/v1`;
}

function splitUrl(url: string): { readonly host: string; readonly path: string } {
  if (url.startsWith("/")) return { host: "", path: "" };
  if (URL.canParse(url) && url.includes("://")) {
    const { hostname, host, pathname, protocol } = new URL(url);
    // The port of ssh is not that of the API.
    return { host: protocol.startsWith("http") ? host : hostname, path: pathname };
  }
  const [, host = "", path = ""] = scpLike.exec(url) ?? [];
  return { host, path };
}
