/** Reads files without trusting their size or kind. No domain knowledge. */
import { constants, type Stats } from "node:fs";
import { type FileHandle, open } from "node:fs/promises";

/** Thrown instead of an operating system's error when a file is not one that may be read whole. */
export class UnsuitableFileError extends Error {
  override readonly name = "UnsuitableFileError";
}

export interface BoundedFile {
  readonly bytes: Uint8Array;
  /** Taken from the open file, so that it belongs to `bytes`. */
  readonly stats: Stats;
}

export interface BoundedReadOptions {
  readonly limitBytes: number;
  /** What a symlink at the end of the path does; refusing ends in ELOOP. */
  readonly symlink: "follow" | "refuse";
}

/**
 * Reads a regular file whole.
 * @throws UnsuitableFileError when it is not a regular file or larger than `limitBytes`
 * @throws Error of the operating system, with its `code`
 */
export async function readBoundedFile(path: string, options: BoundedReadOptions): Promise<BoundedFile> {
  const noFollow = options.symlink === "refuse" ? constants.O_NOFOLLOW : 0;
  // A FIFO without a writer would block the open for ever.
  const handle = await open(path, constants.O_RDONLY | constants.O_NONBLOCK | noFollow);
  try {
    const stats = await handle.stat();
    if (!stats.isFile()) throw new UnsuitableFileError("not a regular file");
    return { bytes: await readWhole(handle, stats.size, options.limitBytes), stats };
  } finally {
    await handle.close();
  }
}

async function readWhole(handle: FileHandle, size: number, limitBytes: number): Promise<Uint8Array> {
  if (size > limitBytes) throw tooLarge(limitBytes);
  // One byte more than the file says: a full buffer then means that it has grown meanwhile.
  let buffer = Buffer.allocUnsafe(size + 1);
  let length = 0;
  for (;;) {
    const { bytesRead } = await handle.read(buffer, length, buffer.length - length, length);
    length += bytesRead;
    if (length > limitBytes) throw tooLarge(limitBytes);
    if (length < buffer.length) return buffer.subarray(0, length);
    buffer = Buffer.concat([buffer], Math.min(2 * length, limitBytes + 1));
  }
}

function tooLarge(limitBytes: number): UnsuitableFileError {
  return new UnsuitableFileError(`larger than ${limitBytes} bytes`);
}
