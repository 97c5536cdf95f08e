/** What a revision says for this host, as types. Pure data only. */
import type { Derived } from "./derived.ts";
import type { Hook } from "./hook.ts";
import type { HostLayout } from "./host-layout.ts";
import type { Revision } from "./revision.ts";
import type { DriftTable, HealthRules, OnChange, UnitIntent } from "./rules.ts";
import type { SecretDelivery } from "./secret-format.ts";

/** Why an entry exists. Plan and status choose their word for it by this. */
export type EntryRole =
  | "fragment"
  | "drop-in"
  | "instance"
  | "alias"
  | "mask"
  | "enablement"
  | "credentials"
  | "quadlet"
  | "file";

interface EntryBase {
  /** True when gitops.yaml allows the agent to take over a file that is already at the path. */
  readonly adopt?: boolean;
  /** Absolute path on the host. */
  readonly path: string;
  readonly role: EntryRole;
  /** The repository path that the entry comes from; for generated entries, the file that caused it. */
  readonly origin: string;
  /** The unit that the entry defines or extends; null for a managed file. */
  readonly unit: string | null;
  /** What a change of its content, or of a link's target, has done; absent: nothing. */
  readonly hooks?: readonly Hook[];
}

export interface FileEntry extends EntryBase {
  readonly kind: "file";
  readonly bytes: Uint8Array;
  /** Digest of `bytes`, as lib/digest.ts formats it. */
  readonly digest: string;
  readonly mode: number;
  /** User and group by name; absent: those of the layout. */
  readonly owner?: string;
  readonly group?: string;
}

export interface LinkEntry extends EntryBase {
  readonly kind: "link";
  readonly linkTarget: string;
}

/** A file or link that the host must have, byte for byte. */
export type HostFile = FileEntry | LinkEntry;

/**
 * A unit's effective definition, as far as the repository defines it: `Section.Key` → its values in order, after systemd's
 * reset rule. It also has the digests of credentials and files that the unit depends on.
 */
export interface Definition {
  readonly settings: Readonly<Record<string, readonly string[]>>;
  /** Credential name → keyed digest of its plaintext. */
  readonly credentials: Readonly<Record<string, string>>;
  /** Path of a managed file that the definition mentions, or that names the unit in `restarts` → digest. */
  readonly files: Readonly<Record<string, string>>;
}

export interface DesiredUnit {
  readonly name: string;
  /** True when the repository has the unit's fragment; false when it only extends a unit that is not from git. */
  readonly owned: boolean;
  /** False for an instance that the repository extends but does not declare. */
  readonly declared: boolean;
  /** True for an instance that another unit pulls in: so it is declared, but not enabled by its own [Install]. */
  readonly pulledIn: boolean;
  /** False when gitops.yaml says `enabled: false`: then the [Install] section has no effect. */
  readonly enabled: boolean;
  /** Names of the units that pull this one in by a link of the repository (`x.target.wants/`). */
  readonly wantedBy: readonly string[];
  /** True for a template such as `x@.service`, which is never started itself. */
  readonly template: boolean;
  /** The quadlet file that the unit is generated from; null for every other unit. */
  readonly quadlet: string | null;
  readonly masked: boolean;
  readonly definition: Definition;
  /** `Section.Key` → `file:line` of each of its values. */
  readonly locations: Readonly<Record<string, readonly string[]>>;
  /** The repository files that define the unit, in merge order. */
  readonly origins: readonly string[];
  readonly intent: UnitIntent;
  readonly onChange: OnChange;
  /** True when gitops.yaml says on-change, and not the default. */
  readonly isOnChangeSet: boolean;
  readonly health: HealthRules;
}

/** One credential to deliver. The plaintext is not in it: only src/secrets has that. */
export interface DesiredCredential {
  /** Unit directory name below secrets/, `web.service` or `worker@.service`. */
  readonly unit: string;
  readonly name: string;
  /** Repository path of the file that has it, perhaps beside others. */
  readonly origin: string;
  readonly digest: string;
  /** If the key is the same as before, the secret is not decrypted again. Only src/secrets makes and reads it. */
  readonly cacheKey: string;
  readonly delivery: SecretDelivery;
}

export interface Desired {
  readonly revision: Revision;
  readonly host: string;
  /** The places on the host that the files and units are made for. */
  readonly layout: HostLayout;
  readonly files: ReadonlyMap<string, HostFile>;
  readonly units: ReadonlyMap<string, DesiredUnit>;
  readonly credentials: readonly DesiredCredential[];
  /** Repository paths below the unit directories that are no units, and therefore mean nothing. Sorted. */
  readonly passedOver: readonly string[];
  /** The rules for units that the repository no longer defines or extends, but that an apply interrupts. */
  readonly defaultHealth: HealthRules;
  readonly driftRules: DriftTable;
  /** What was made of its units and files, for whoever needs it again. */
  readonly derived: Derived;
}
