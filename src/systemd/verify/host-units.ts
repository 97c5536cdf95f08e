/**
 * Looks at the units of others that `systemd-analyze verify` finds on this host, to tell whether any of them is another one
 * than before. Must not write.
 */
import { type BigIntStats, lstatSync, readdirSync, readFileSync, readlinkSync, statSync } from "node:fs";
import path from "node:path";
import { digestBytes } from "../../lib/digest.ts";

export interface HostUnits {
  /** The same as long as no file, link or name on the search path has changed. */
  readonly identity: string;
  /** False when a file changed so recently that it could change again without another time stamp. */
  readonly isSettled: boolean;
  /** The names of all files and links that were found. */
  readonly names: ReadonlySet<string>;
  /** The regular files that were found. */
  readonly files: readonly string[];
}

export interface HostUnitsInput {
  /** Only what others have put there counts, and no link that enables a unit. */
  readonly unitDirectory: string;
  /** Where else systemd looks for units. */
  readonly others: readonly string[];
  /** Whether the agent has written a path, or will. */
  readonly isOurs: (hostPath: string) => boolean;
  /** Units of the revision: they hide files of the same name. */
  readonly hidden: ReadonlySet<string>;
  /** Milliseconds since the epoch. */
  readonly nowMs: number;
}

/** As in host/stat-memory.ts: some file systems store steps of two seconds. */
const granuleMs = 2_000;
/** The reload of the manager writes these anew each time, so only their content counts. */
const volatile = "/run/";

/** Synchronous, since that costs a fifth of the asynchronous way: a distribution has some 500 files. */
export function readHostUnits({ unitDirectory, others, nowMs, ...input }: HostUnitsInput): HostUnits {
  const reader = new Reader(input);
  reader.list(unitDirectory, /\.d$/);
  for (const directory of others) reader.list(directory, /\.(?:d|wants|requires|upholds)$/);
  const { signs, names, files, newestMs } = reader;
  return {
    identity: digestBytes(signs.join("\n")),
    isSettled: newestMs + granuleMs <= nowMs,
    names,
    files,
  };
}

class Reader {
  readonly signs: string[] = [];
  readonly names = new Set<string>();
  readonly files: string[] = [];
  /** When a file changed last, milliseconds since the epoch; infinite when one has changed while it was read. */
  newestMs = 0;
  readonly #input: Pick<HostUnitsInput, "isOurs" | "hidden">;

  constructor(input: Pick<HostUnitsInput, "isOurs" | "hidden">) {
    this.#input = input;
  }

  /** @param below directories in it that are listed as well */
  list(directory: string, below: RegExp | null): void {
    for (const name of namesIn(directory)) {
      const hostPath = path.join(directory, name);
      if (this.#input.isOurs(hostPath)) continue;
      try {
        this.#visit(hostPath, name, below);
      } catch {
        this.newestMs = Number.POSITIVE_INFINITY;
      }
    }
  }

  #visit(hostPath: string, name: string, below: RegExp | null): void {
    const stats = lstatSync(hostPath, { bigint: true });
    if (stats.isDirectory()) {
      if (below?.test(name) === true) this.list(hostPath, null);
      return;
    }
    const isHidden = below !== null && this.#input.hidden.has(name);
    // What a generator has made of the revision's own quadlets is no unit of others.
    if (!isHidden || !hostPath.startsWith(volatile)) this.names.add(name);
    if (isHidden) return;
    if (stats.isSymbolicLink()) {
      this.signs.push(`${hostPath} -> ${readlinkSync(hostPath)}`);
      const target = statSync(hostPath, { bigint: true, throwIfNoEntry: false });
      if (target?.isFile() === true) this.#sign(hostPath, target);
    } else this.#sign(hostPath, stats);
  }

  #sign(hostPath: string, { dev, ino, size, mode, mtimeNs, ctimeNs }: BigIntStats): void {
    if (hostPath.startsWith(volatile)) this.signs.push(`${hostPath} ${mode} ${digestOf(hostPath)}`);
    else {
      this.signs.push(`${hostPath} ${dev} ${ino} ${size} ${mode} ${mtimeNs} ${ctimeNs}`);
      const changedNs = ctimeNs > mtimeNs ? ctimeNs : mtimeNs;
      this.newestMs = Math.max(this.newestMs, Number(changedNs / 1_000_000n));
    }
    this.files.push(hostPath);
  }
}

/** The names of units that the files mention. */
export function listMentioned(files: readonly string[]): ReadonlySet<string> {
  const mentioned = new Set<string>();
  for (const file of files) {
    for (const word of readText(file).split(/[^\w:.\\@-]/)) if (word.includes(".")) mentioned.add(word);
  }
  return mentioned;
}

/** Sorted: the order of a directory may change without its content. */
function namesIn(directory: string): readonly string[] {
  try {
    return readdirSync(directory).sort();
  } catch {
    return []; // systemd cannot read it either.
  }
}

function digestOf(file: string): string {
  try {
    return digestBytes(readFileSync(file));
  } catch {
    return "unreadable";
  }
}

function readText(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return "";
  }
}
