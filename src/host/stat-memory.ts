/**
 * Remembers what was read from a path until the file system shows a change, so that an audit that finds nothing reads
 * nothing. Must not be asked before something irreversible is done: whoever plans reads the content itself.
 */
import { type BigIntStats, lstatSync } from "node:fs";

/** What stood at a path at one moment; to be taken before the content is read. */
export interface Glimpse {
  /** Of the path itself, no symlink is followed; null when nothing is there, or it cannot be told what. */
  readonly stats: BigIntStats | null;
  /** Milliseconds since the epoch. */
  readonly atMs: number;
}

/** What changes with the content, the owner or the mode, whoever does it and whatever times are set. */
const signs = ["ctimeNs", "mtimeNs", "size", "ino", "dev", "mode", "uid", "gid"] as const;
type Signature = Pick<BigIntStats, (typeof signs)[number]>;

interface Memory<Value> {
  readonly signature: Signature;
  readonly atMs: number;
  readonly value: Value;
}

/**
 * Kernels stamp files with the time of their last clock tick, some file systems with whole seconds, FAT with two: a
 * file that was changed so recently could change again without showing it.
 */
const granuleMs = 2_000;
/** Whatever the file system shows, nothing is believed longer than this. */
const longestTrustMs = 60 * 60_000;

/**
 * A look at a path. Synchronous, since that costs a fifth of the asynchronous one: a thousand units are looked at in 4 ms.
 */
export function glimpse(path: string, atMs: number): Glimpse {
  return { stats: lookAt(path), atMs };
}

function lookAt(path: string): BigIntStats | null {
  try {
    return lstatSync(path, { bigint: true, throwIfNoEntry: false }) ?? null;
  } catch {
    return null; // Whoever reads it then meets the same error, and can say what it means.
  }
}

/** One for each kind of content. Holds as much as is remembered; the owner says when to forget. */
export class StatMemory<Value> {
  readonly #memories = new Map<string, Memory<Value>>();

  /** What was read there, if it certainly still stands there. */
  recall(path: string, now: Glimpse): Value | undefined {
    const memory = this.#memories.get(path);
    if (memory === undefined) return undefined;
    if (isSame(memory.signature, now.stats) && isFresh(memory.atMs, now.atMs)) return memory.value;
    this.#memories.delete(path);
    return undefined;
  }

  /** @param before taken before `value` was read; what may have changed unseen since then is not remembered */
  remember(path: string, before: Glimpse, value: Value): void {
    const { stats, atMs } = before;
    if (stats === null || !isSettled(stats, atMs)) {
      this.#memories.delete(path);
      return;
    }
    const { ctimeNs, mtimeNs, size, ino, dev, mode, uid, gid } = stats;
    const signature = { ctimeNs, mtimeNs, size, ino, dev, mode, uid, gid };
    this.#memories.set(path, { signature, atMs, value });
  }

  forgetOthers(paths: readonly string[]): void {
    if (this.#memories.size <= paths.length) return;
    const kept = new Set(paths);
    for (const path of this.#memories.keys()) if (!kept.has(path)) this.#memories.delete(path);
  }

  forgetAll(): void {
    this.#memories.clear();
  }
}

function isSettled({ ctimeNs, mtimeNs }: BigIntStats, atMs: number): boolean {
  const newestNs = ctimeNs > mtimeNs ? ctimeNs : mtimeNs;
  return Number(newestNs / 1_000_000n) + granuleMs <= atMs;
}

function isFresh(thenMs: number, nowMs: number): boolean {
  const ageMs = nowMs - thenMs;
  // A clock that was set back says nothing about the age.
  return ageMs >= 0 && ageMs < longestTrustMs;
}

function isSame(then: Signature, now: Signature | null): boolean {
  return now !== null && signs.every((sign) => then[sign] === now[sign]);
}
