/**
 * Reads for whom an age file is encrypted, as far as its header tells. That needs no key, but it does not prove that
 * a key can decrypt the file. Must not decrypt.
 */
import type { SnapshotFile } from "../../core/model/snapshot.ts";
import { readCiphertext } from "./age-file.ts";
import type { ParsedRecipient } from "./recipients.ts";

/** A recipient of a file. X25519 and post-quantum stanzas do not say whose they are. */
export interface StanzaInfo {
  readonly type: string;
  /** Null where the type has none. */
  readonly tag: string | null;
}

const headerLimitBytes = 128 * 1024;
const taggedTypes: ReadonlySet<string> = new Set(["ssh-ed25519", "ssh-rsa"]);

/** Null when it is not an age file, or its header is cut off. */
export function readStanzas(file: SnapshotFile): readonly StanzaInfo[] | null {
  if (file.mode === "symlink") return null;
  let header: string;
  try {
    header = Buffer.from(readCiphertext(file.bytes).subarray(0, headerLimitBytes)).toString("latin1");
  } catch {
    return null;
  }
  const end = header.indexOf("\n---");
  if (end < 0) return null;
  return [...header.slice(0, end).matchAll(/^-> (\S+)(?: (\S+))?/gm)].map(([, type = "", argument]) => ({
    type,
    tag: taggedTypes.has(type) ? (argument ?? null) : null,
  }));
}

/**
 * Whether a recipient can decrypt a file. `yes`: a stanza has its tag. `no`: no stanza fits it. `likely`: there are
 * as many stanzas of its type as expected. `unclear`: there are fewer.
 */
export type Access = "yes" | "likely" | "unclear" | "no";

export interface Comparison {
  /** In the order of the recipients. */
  readonly access: readonly Access[];
  /** Number of stanzas that belong to no expected recipient. */
  readonly others: number;
}

export function compareStanzas(
  stanzas: readonly StanzaInfo[],
  expected: readonly ParsedRecipient[],
): Comparison {
  const access = expected.map(({ stanzaType, tag }): Access => {
    const fitting = stanzas.filter((stanza) => stanza.type === stanzaType);
    if (tag !== null) return fitting.some((stanza) => stanza.tag === tag) ? "yes" : "no";
    if (fitting.length === 0) return "no";
    return fitting.length < countKeys(expected, stanzaType) ? "unclear" : "likely";
  });
  return { access, others: countOthers(stanzas, expected) };
}

function countOthers(stanzas: readonly StanzaInfo[], expected: readonly ParsedRecipient[]): number {
  let others = 0;
  for (const type of new Set(stanzas.map((stanza) => stanza.type))) {
    const fitting = stanzas.filter((stanza) => stanza.type === type);
    if (taggedTypes.has(type)) {
      const tags = new Set(
        expected.flatMap((recipient) => (recipient.stanzaType === type ? [recipient.tag] : [])),
      );
      others += fitting.filter(({ tag }) => !tags.has(tag)).length;
    } else if (!type.endsWith("-grease")) {
      others += Math.max(0, fitting.length - countKeys(expected, type));
    }
  }
  return others;
}

/** Distinct keys: an administrator's key that is a host's, too, needs one stanza. */
function countKeys(expected: readonly ParsedRecipient[], stanzaType: string): number {
  return new Set(expected.flatMap(({ stanzaType: type, key }) => (type === stanzaType ? [key] : []))).size;
}
