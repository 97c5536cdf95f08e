/**
 * Finds stored credentials that are gone or are not what was decrypted. Must not change them, nor give away what is in them.
 * A file is read only when the file system shows a change since it was last found well.
 */
import { lstatSync } from "node:fs";
import path from "node:path";
import type { DesiredCredential } from "../../core/model/desired.ts";
import { credentialKey } from "../../core/model/secret-format.ts";
import type { AlteredCredential } from "../../core/ports/secrets.ts";
import { readBoundedFile, UnsuitableFileError } from "../../lib/bounded-file.ts";
import { digestWithKey } from "../../lib/digest.ts";
import { errnoOf } from "../../lib/system-error.ts";
import { plaintextLimitBytes } from "../formats/limits.ts";
import { loadHostKey } from "./host-key.ts";

export type CheckedCredential = Pick<DesiredCredential, "unit" | "name" | "digest">;

export const credentialMode = 0o400;
/** The kernel gives files the time of its last clock tick, so a file that was just changed can change again unseen. */
const granuleMs = 2_000;

export interface AlteredOptions {
  /** Where the host's digest key is kept. */
  readonly stateDirectory: string;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
}

export class AlteredFinder {
  readonly #options: AlteredOptions;
  /** Path → how the file looked when it was last found well, and the digest that it then had. */
  #well = new Map<string, string>();

  constructor(options: AlteredOptions) {
    this.#options = options;
  }

  /**
   * @param root directory of the generation
   * @throws AgentError `state-unreadable`, `host-write-failed` for the digest key
   */
  async find(
    root: string,
    credentials: readonly CheckedCredential[],
  ): Promise<ReadonlyMap<string, AlteredCredential>> {
    const well = new Map<string, string>();
    const altered = new Map<string, AlteredCredential>();
    for (const credential of credentials) {
      const file = path.join(root, credential.unit, credential.name);
      const signature = sign(file);
      const isSettled = signature !== null && signature.changedMs + granuleMs <= this.#options.now();
      const looks = signature === null ? "" : `${signature.text} ${credential.digest}`;
      const isKnown = signature !== null && this.#well.get(file) === looks;
      const verdict = isKnown ? null : await this.#judge(file, signature, credential.digest);
      if (verdict !== null) altered.set(credentialKey(credential), verdict);
      else if (isSettled) well.set(file, looks);
    }
    this.#well = well;
    return altered;
  }

  async #judge(file: string, signature: Signature | null, digest: string): Promise<AlteredCredential | null> {
    if (signature === null) return "missing";
    if (!signature.isOwn) return "modified";
    try {
      const { bytes } = await readBoundedFile(file, { limitBytes: plaintextLimitBytes, symlink: "refuse" });
      const key = await loadHostKey(this.#options.stateDirectory);
      return digestWithKey(key, bytes) === digest ? null : "modified";
    } catch (error) {
      if (errnoOf(error) === "ENOENT") return "missing";
      if (error instanceof UnsuitableFileError || errnoOf(error) !== undefined) return "modified";
      throw error;
    }
  }
}

interface Signature {
  readonly text: string;
  readonly changedMs: number;
  /** Whether it is a file with the mode and the owner that the agent gives it. */
  readonly isOwn: boolean;
}

/** Null when nothing is there. */
function sign(file: string): Signature | null {
  try {
    const stats = lstatSync(file, { bigint: true, throwIfNoEntry: false });
    if (stats === undefined) return null;
    const { ctimeNs, mtimeNs, size, ino, mode, uid } = stats;
    const isOwn =
      stats.isFile() && (Number(mode) & 0o7777) === credentialMode && Number(uid) === process.getuid?.();
    return {
      text: [ctimeNs, mtimeNs, size, ino, mode, uid].join(" "),
      changedMs: Number(ctimeNs / 1_000_000n),
      isOwn,
    };
  } catch {
    return null;
  }
}
