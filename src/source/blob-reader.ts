/**
 * Reads the output of `git cat-file --batch` as it comes and checks each blob against its object id. Pure; must not
 * hold more than the blobs that were asked for.
 */
import { createHash } from "node:crypto";

/** The clone does not hold what its own lists promise. */
export class DamagedObject extends Error {
  override readonly name = "DamagedObject";
}

export interface ExpectedBlob {
  readonly blob: string;
  readonly size: number;
}

const newline = 10;
const longestHeader = 256;

export class BlobReader {
  readonly #expected: readonly ExpectedBlob[];
  readonly #blobs = new Map<string, Uint8Array>();
  #next = 0;
  #header = "";
  /** The blob being read with the newline that follows it; null between two blobs. */
  #body: Uint8Array | null = null;
  #filled = 0;

  /** @param expected in the order in which git was asked for them */
  constructor(expected: readonly ExpectedBlob[]) {
    this.#expected = expected;
  }

  /** @throws DamagedObject when git answers something else than the expected blob */
  push(chunk: Uint8Array): void {
    let rest = chunk;
    while (rest.length > 0) {
      rest = this.#body === null ? this.#takeHeader(rest) : this.#takeBody(this.#body, rest);
    }
  }

  /**
   * The bytes by object id.
   * @throws DamagedObject when the output ended early
   */
  finish(): ReadonlyMap<string, Uint8Array> {
    const missing = this.#expected[this.#next];
    if (missing !== undefined) throw new DamagedObject(`object ${missing.blob} could not be read`);
    return this.#blobs;
  }

  #takeHeader(chunk: Uint8Array): Uint8Array {
    const end = chunk.indexOf(newline);
    this.#header += Buffer.from(end === -1 ? chunk : chunk.subarray(0, end)).toString("latin1");
    const expected = this.#expected[this.#next];
    if (expected === undefined || this.#header.length > longestHeader) {
      throw new DamagedObject("git sent more than it was asked for");
    }
    if (end === -1) return chunk.subarray(chunk.length);
    if (this.#header !== `${expected.blob} blob ${expected.size}`) {
      throw new DamagedObject(`object ${expected.blob} is missing or not what the tree says`);
    }
    this.#body = new Uint8Array(expected.size + 1);
    this.#filled = 0;
    return chunk.subarray(end + 1);
  }

  #takeBody(body: Uint8Array, chunk: Uint8Array): Uint8Array {
    const part = chunk.subarray(0, body.length - this.#filled);
    body.set(part, this.#filled);
    this.#filled += part.length;
    if (this.#filled === body.length) this.#complete(body.subarray(0, -1));
    return chunk.subarray(part.length);
  }

  #complete(bytes: Uint8Array): void {
    const expected = this.#expected[this.#next];
    if (expected === undefined || hashBlob(bytes, expected.blob.length) !== expected.blob) {
      throw new DamagedObject(`object ${expected?.blob} does not have the content that its id stands for`);
    }
    this.#blobs.set(expected.blob, bytes);
    this.#next += 1;
    this.#header = "";
    this.#body = null;
  }
}

/** git reads a blob without computing its id again; a flipped bit on the disk would go unnoticed. */
function hashBlob(bytes: Uint8Array, idLength: number): string {
  const hash = createHash(idLength === 64 ? "sha256" : "sha1");
  return hash.update(`blob ${bytes.length}\0`).update(bytes).digest("hex");
}
