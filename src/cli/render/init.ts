/** What `init` and `uninstall` say, as text. Must not be given a private key. */
import { escapeUnprintable } from "../../lib/printable.ts";
import type { HostKey } from "../compose-host-key.ts";
import type { InitStep } from "../compose-init.ts";

const verbs = { found: "found", made: "wrote", wanted: "would write" } as const;

export function renderInitStep({ state, path, what }: InitStep): string {
  return `${verbs[state].padEnd(verbs.wanted.length)}  ${escapeUnprintable(path)}: ${escapeUnprintable(what)}\n`;
}

export interface ThingsToPaste {
  /** The name of the host in the repository. */
  readonly host: string;
  /** A line for the forge; null: the host can read the repository. */
  readonly deployKey: string | null;
  /** The public half of the host's identity; null: it has none. */
  readonly recipient: string | null;
}

/** What a person has to carry elsewhere. The lines to paste begin at the margin. Empty when there is nothing. */
export function renderThingsToPaste({ host, deployKey, recipient }: ThingsToPaste): string {
  const deploy = [
    "",
    "In the git server, let this key read the repository, and nothing more (GitHub and Forgejo: Settings, Deploy keys, without",
    "write access; GitLab: Settings, Repository, Deploy keys):",
    "",
    deployKey,
  ];
  const secrets = [
    "",
    "For secrets: in gitops.yaml of the repository, so that gitops-agent secret set encrypts for this host:",
    "",
    "hosts:",
    `  ${host}: { recipient: ${JSON.stringify(recipient)} }`,
  ];
  const lines = [...(deployKey === null ? [] : deploy), ...(recipient === null ? [] : secrets)];
  return lines.length === 0 ? "" : `${lines.join("\n")}\n\n`;
}

/** The fingerprints that a server shows, the one that would be pinned first. */
export function renderHostKeys(server: string, keys: readonly HostKey[]): string {
  const lines = keys.map(({ type, fingerprint }) => `  ${type.padEnd(19)}  ${fingerprint}`);
  return `${server} shows these host keys:\n${lines.join("\n")}\n`;
}

/** The files of a new repository, and the commands that make the first commit of them. */
export function renderNewRepository(directory: string, files: readonly string[], isDry: boolean): string {
  const verb = isDry ? verbs.wanted : verbs.made;
  const lines = files.map((file) => `${verb}  ${escapeUnprintable(`${directory}/${file}`)}\n`).join("");
  if (isDry) return lines;
  const where = escapeUnprintable(directory);
  const next = [
    `cd ${where} && git init -b main && git config core.hooksPath .githooks`,
    "gitops-agent check",
    "git add -A && git commit -m 'First units'",
  ];
  return `${lines}\nNext:\n${next.map((command) => `  ${command}\n`).join("")}`;
}
