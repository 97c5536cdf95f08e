/**
 * Reads the output of `git cat-file --batch` chunk by chunk and checks each blob against its object id. Pure; must not keep
 * more than the blobs that were asked for.
 */
import { createHash } from "node:crypto";

/** The error for an object that the clone should have and lacks, or that is damaged. */
export class DamagedObject extends Error {
  override readonly name = "DamagedObject";
}

export interface ExpectedBlob {
  readonly blob: string;
  readonly size: number;
}

const newline = 10;
const longestHeader = 256;

/** Collects the blobs of one `git cat-file --batch`. */
export class BlobReader {
  readonly #expected: readonly ExpectedBlob[];
  readonly #blobs = new Map<string, Uint8Array>();
  #next = 0;
  #header = "";
  /** The blob that is being read, with the newline after it; null between two blobs. */
  #body: Uint8Array | null = null;
  #filled = 0;

  /** @param expected in the order in which git was asked for them */
  constructor(expected: readonly ExpectedBlob[]) {
    this.#expected = expected;
  }

  /**
   * Takes the next chunk of git's output.
   * @throws DamagedObject when git sends something else than the expected blob
   */
  push(chunk: Uint8Array): void {
    let rest = chunk;
    while (rest.length > 0) {
      rest = this.#body === null ? this.#takeHeader(rest) : this.#takeBody(this.#body, rest);
    }
  }

  /**
   * Ends the reading, and gives the bytes of each blob by its object id.
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

/**
 * The id of a blob with these bytes. git does not check it when it reads a blob, so damage on the disk would go unnoticed.
 */
function hashBlob(bytes: Uint8Array, idLength: number): string {
  const hash = createHash(idLength === 64 ? "sha256" : "sha1");
  return hash.update(`blob ${bytes.length}\0`).update(bytes).digest("hex");
}
