/** Reads files without trusting their size or kind. No domain knowledge. */
import { constants, type Stats } from "node:fs";
import { type FileHandle, open } from "node:fs/promises";

/** The error for a file that is not regular, or too large. It is not an error of the operating system. */
export class UnsuitableFileError extends Error {
  override readonly name = "UnsuitableFileError";
}

export interface BoundedFile {
  readonly bytes: Uint8Array;
  /** Taken from the open file, so that they belong to `bytes`. */
  readonly stats: Stats;
}

export interface BoundedReadOptions {
  readonly limitBytes: number;
  /** What to do with a symlink at the end of the path; `refuse` throws an error with the code ELOOP. */
  readonly symlink: "follow" | "refuse";
}

/**
 * Reads a regular file whole.
 * @throws UnsuitableFileError when it is not a regular file or larger than `limitBytes`
 * @throws Error of the operating system, with its `code`
 */
export async function readBoundedFile(path: string, options: BoundedReadOptions): Promise<BoundedFile> {
  const noFollow = options.symlink === "refuse" ? constants.O_NOFOLLOW : 0;
  // O_NONBLOCK: without it, opening a FIFO that has no writer would wait for ever.
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
  // The buffer is one byte larger than the file's size: if it is full, the file has grown meanwhile.
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
