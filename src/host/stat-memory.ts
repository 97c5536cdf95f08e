/**
 * Remembers what was read from a path until the file system shows a change, so that an audit without changes reads no
 * file. Must not be relied on before something irreversible is done: what a plan may change is read itself.
 */
import { type BigIntStats, lstatSync } from "node:fs";

/** What was at a path at one moment. It must be taken before the content is read. */
export interface Glimpse {
  /** Of the path itself: no symlink is followed. Null when nothing is there, or when it cannot be read. */
  readonly stats: BigIntStats | null;
  /** Milliseconds since the epoch. */
  readonly atMs: number;
}

/** At least one of these changes with the content, the owner or the mode, even when a program sets the file's times. */
const signs = ["ctimeNs", "mtimeNs", "size", "ino", "dev", "mode", "uid", "gid"] as const;
type Signature = Pick<BigIntStats, (typeof signs)[number]>;

interface Memory<Value> {
  readonly signature: Signature;
  readonly atMs: number;
  readonly value: Value;
}

/**
 * The kernel gives files the time of its last clock tick, some file systems store whole seconds, and FAT stores steps
 * of two seconds. A file that was changed so recently can change again with the same time.
 */
const granuleMs = 2_000;
/** After this time a path is read again, even when the file system shows no change. */
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
    return null; // Reading the path meets the same error, and the reader reports it.
  }
}

/** One for each kind of content. It has no limit of its own: its owner tells it what to forget. */
export class StatMemory<Value> {
  readonly #memories = new Map<string, Memory<Value>>();

  /** What was read there, if it is certainly unchanged. */
  recall(path: string, now: Glimpse): Value | undefined {
    const memory = this.#memories.get(path);
    if (memory === undefined) return undefined;
    if (isSame(memory.signature, now.stats) && isFresh(memory.atMs, now.atMs)) return memory.value;
    this.#memories.delete(path);
    return undefined;
  }

  /** @param before taken before `value` was read; a file that could have changed unseen since then is not remembered */
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
  // A negative age means that the clock was set back: the true age is not known.
  return ageMs >= 0 && ageMs < longestTrustMs;
}

function isSame(then: Signature, now: Signature | null): boolean {
  return now !== null && signs.every((sign) => then[sign] === now[sign]);
}
