/** What a revision says for this host, as types. Pure data only. */
import type { HostLayout } from "./host-layout.ts";
import type { Revision } from "./revision.ts";
import type { DriftPolicy, HealthRules, OnChange, UnitIntent } from "./rules.ts";
import type { SecretDelivery } from "./secret-format.ts";

/** Why an entry exists; decides the word that plan and status use for it. */
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
  /** True when gitops.yaml allows to take over what stands there. */
  readonly adopt?: boolean;
  /** Absolute path on the host. */
  readonly path: string;
  readonly role: EntryRole;
  /** Repository path that it comes from; for generated entries the file that caused it. */
  readonly origin: string;
  /** The unit that it defines or extends; null for a managed file. */
  readonly unit: string | null;
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

/** A file or link that the host shall have, byte for byte. */
export type HostFile = FileEntry | LinkEntry;

/**
 * A unit's effective definition, as far as this repository defines it: `Section.Key` → values in order after
 * systemd's reset rule. Plus what it depends on besides its own text.
 */
export interface Definition {
  readonly settings: Readonly<Record<string, readonly string[]>>;
  /** Credential name → keyed digest of its plaintext. */
  readonly credentials: Readonly<Record<string, string>>;
  /** Managed file that the definition mentions (or that names the unit in `restarts`) → digest. */
  readonly files: Readonly<Record<string, string>>;
}

export interface DesiredUnit {
  readonly name: string;
  /** True when the repository has its fragment, false when it only extends a unit of somebody else. */
  readonly owned: boolean;
  /** False for an instance that the repository merely extends, without declaring it. */
  readonly declared: boolean;
  /** True for an instance that is declared by being pulled in, and so is not enabled by its own [Install]. */
  readonly pulledIn: boolean;
  /** True for `x@.service`: never started itself. */
  readonly template: boolean;
  /** The quadlet file that the unit is generated from; null for every other unit. */
  readonly quadlet: string | null;
  readonly masked: boolean;
  readonly definition: Definition;
  /** `Section.Key` → `file:line` of each of its values. */
  readonly locations: Readonly<Record<string, readonly string[]>>;
  /** Repository files that define it, in merge order. */
  readonly origins: readonly string[];
  readonly intent: UnitIntent;
  readonly onChange: OnChange;
  readonly drift: DriftPolicy;
  readonly health: HealthRules;
}

/** One credential to deliver; the plaintext stays with the secrets room. */
export interface DesiredCredential {
  /** Unit directory name below secrets/, `web.service` or `worker@.service`. */
  readonly unit: string;
  readonly name: string;
  /** Repository path of the file that has it, perhaps beside others. */
  readonly origin: string;
  readonly digest: string;
  /** Equal keys need no new decryption; made and understood by the secrets room. */
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
  /** For units that the repository does not define or extend any more, but that its apply interrupts. */
  readonly defaultHealth: HealthRules;
}
