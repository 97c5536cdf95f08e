/** Takes files and links of the host into a repository, or says why not. Pure. */
import type { HostLayout } from "../model/host-layout.ts";
import type { LeftOut, LocalEntry, PlaintextSecret, RepositoryEntry } from "./imported.ts";
import type { FoundSecret } from "./plaintext-secrets.ts";

export interface ImportRules {
  readonly layout: HostLayout;
  /** Names of the units to take, a template for all its instances; null for every unit that a person made. */
  readonly selected: ReadonlySet<string> | null;
  /** Units that git may not own on this host. */
  readonly isProtected: (unit: string) => boolean;
  /** Whether a path comes from git already. */
  readonly isManaged: (path: string) => boolean;
  /** Take files with secrets in plain text as well. */
  readonly keepSecrets: boolean;
}

/** Collects what is taken from the host and what is left out. */
export class Taken {
  readonly entries: RepositoryEntry[] = [];
  readonly leftOut: LeftOut[] = [];
  readonly secrets: PlaintextSecret[] = [];
  readonly #rules: Pick<ImportRules, "isManaged" | "keepSecrets">;

  constructor(rules: Pick<ImportRules, "isManaged" | "keepSecrets">) {
    this.#rules = rules;
  }

  /**
   * Takes a file or link, unless git or a package has it, or it has a secret in plain text.
   * @param path where it goes below the layer of the host
   */
  take(entry: LocalEntry, path: string, findSecrets: (bytes: Uint8Array) => readonly FoundSecret[]): boolean {
    if (this.#isOwned(entry)) return false;
    const found = entry.kind === "file" ? findSecrets(entry.bytes) : [];
    this.secrets.push(...found.map((secret) => ({ path: entry.path, ...secret })));
    if (found.length > 0 && !this.#rules.keepSecrets) {
      this.leave(entry, "it has a secret in plain text");
      return false;
    }
    this.entries.push({ path, mode: modeOf(entry), bytes: entry.bytes, source: entry.path });
    return true;
  }

  leave({ path }: LocalEntry, reason: string): void {
    this.leftOut.push({ path, reason });
  }

  /** Leaves out what a person who takes all local units does not miss. */
  leavePackaged({ path }: LocalEntry, reason: string): void {
    this.leftOut.push({ path, reason, isPackaged: true });
  }

  #isOwned(entry: LocalEntry): boolean {
    if (this.#rules.isManaged(entry.path)) this.leave(entry, "it comes from git already");
    else if (entry.packageName !== null)
      this.leavePackaged(entry, `it belongs to the package ${entry.packageName}`);
    else return false;
    return true;
  }
}

function modeOf({ kind, mode }: LocalEntry): RepositoryEntry["mode"] {
  if (kind === "link") return "symlink";
  return (mode & 0o100) === 0 ? "file" : "executable";
}
