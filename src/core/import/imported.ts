/** What import reads of the host, and what it makes of it. Pure data. */

/** A file or a link of the host, as import finds it. */
export interface LocalEntry {
  /** Absolute. */
  readonly path: string;
  readonly kind: "file" | "link";
  /** For a link its target, UTF-8. */
  readonly bytes: Uint8Array;
  /** Permission bits; of a link they mean nothing. */
  readonly mode: number;
  /** Names of user and group, or their numbers where they have no name. */
  readonly owner: string;
  readonly group: string;
  /** The package that the path belongs to; null for what a person made. */
  readonly packageName: string | null;
}

/** A file or link to write into the checkout. */
export interface RepositoryEntry {
  /** Path below the layer of the host: `units/web.service`. */
  readonly path: string;
  readonly mode: "file" | "executable" | "symlink";
  /** For a symlink its target, UTF-8. */
  readonly bytes: Uint8Array;
  /** The path on the host that it comes from. */
  readonly source: string;
}

/** Something of the host that is not taken, and why. */
export interface LeftOut {
  readonly path: string;
  /** Completes "left out: …". */
  readonly reason: string;
  /** Set: a package owns it, or it is a link to the unit of a package. A person who takes all local units does not miss it. */
  readonly isPackaged?: true;
}

/** A place where a secret stands in plain text. The secret itself is never in it. */
export interface PlaintextSecret {
  /** Absolute path on the host. */
  readonly path: string;
  /** Counts from 1. */
  readonly line: number;
  /** `Environment= DB_PASSWORD`, `a URL with a password`. */
  readonly what: string;
}

/** Rules for gitops.yaml that make git say what the host does. */
export interface ImportedUnitRule {
  /** False: the unit has [Install], and is not enabled on the host. */
  readonly enabled?: false;
  /** Instances of a template that are enabled on the host. */
  readonly instances?: readonly string[];
}

export interface ImportedFileRule {
  /** Four octal digits, when they are not the usual ones. */
  readonly mode?: string;
  readonly owner?: string;
  readonly group?: string;
}

export interface Imported {
  readonly entries: readonly RepositoryEntry[];
  readonly unitRules: ReadonlyMap<string, ImportedUnitRule>;
  readonly fileRules: ReadonlyMap<string, ImportedFileRule>;
  readonly leftOut: readonly LeftOut[];
  readonly secrets: readonly PlaintextSecret[];
}

/** A rule of gitops.yaml. Path of keys → value: `["units", "web.service", "enabled"]` → `false`. */
export interface AddedRule {
  readonly keys: readonly [section: "units" | "files", name: string, key: string];
  readonly value: boolean | string | readonly string[];
}
