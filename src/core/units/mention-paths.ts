/**
 * Finds known absolute paths in the values of a definition, whatever syntax surrounds them: that of systemd, a shell,
 * an option or a URL. Pure; mentions.ts decides which files a unit mentions.
 */
import type { MentionIndex } from "./mention-index.ts";

export interface FoundPaths {
  readonly files: readonly string[];
  readonly directories: readonly string[];
}

/** Characters before a slash that make it part of another path, for instance a relative one. */
const joinsBefore = /[\p{L}\p{N}_.~%$)}\]*?\\/#]/u;
/** Characters that continue a name. */
const goesOn = /[\p{L}\p{N}_.~%$+@\\-]/u;
/** Characters that end a pattern of files. The pattern itself may contain square brackets and slashes. */
const endOfPattern = /[\s"'`;:,|&<>(){}]/;

/**
 * The known paths that a value names. A path must be complete: not the beginning of a longer name, not the end of a
 * longer path.
 */
export function findPaths(value: string, known: MentionIndex): FoundPaths {
  const files = new Set<string>();
  const directories = new Set<string>();
  if (value.includes("/")) {
    for (const text of listReadings(value)) {
      for (const start of listStarts(text)) collect(text, start, known, files, directories);
    }
  }
  return { files: [...files], directories: [...directories] };
}

/**
 * A value as written, and with its escapes resolved: which of the two is right depends on the key and on a shell. In
 * both, needless slashes and dots are removed (path_simplify()), and so is the beginning of a file: URL.
 */
function listReadings(value: string): readonly string[] {
  const readings = value.includes("\\") ? [value, unescapeText(value)] : [value];
  return readings.map((text) =>
    text
      .replace(/\bfile:\/\/localhost(?=\/)/gi, "file:")
      .replace(/(?<=\w):\/{3,}/g, ":/")
      .replace(/(?<!:)\/{2,}/g, "/")
      .replace(/\/(?:\.\/)+/g, "/"),
  );
}

/** Resolves the escapes of systemd.syntax(7) (cunescape()). Any other backslash is a shell's, and is removed. */
function unescapeText(value: string): string {
  return value
    .replace(/(?:\\x[0-9a-fA-F]{2}|\\[0-3][0-7]{2})+/g, (run) =>
      new TextDecoder().decode(
        Uint8Array.from(run.slice(1).split("\\"), (code) =>
          code.startsWith("x") ? Number.parseInt(code.slice(1), 16) : Number.parseInt(code, 8),
        ),
      ),
    )
    .replace(/\\(?:u([0-9a-fA-F]{4})|U00([0-9a-fA-F]{6}))/g, (whole, short?: string, long?: string) => {
      const point = Number.parseInt(short ?? long ?? "", 16);
      return point <= 0x10ffff ? String.fromCodePoint(point) : whole;
    })
    .replace(/\\s/g, " ")
    .replace(/\\(.)/g, "$1");
}

function* listStarts(text: string): Generator<number> {
  for (let at = text.indexOf("/"); at >= 0; at = text.indexOf("/", at + 1)) {
    if (at === 0 || !joinsBefore.test(text.charAt(at - 1)) || followsShortOption(text, at)) yield at;
  }
}

/** `-c/etc/x` */
function followsShortOption(text: string, at: number): boolean {
  return /(?:^|[\s"'])-[A-Za-z]$/.test(text.slice(Math.max(0, at - 3), at));
}

/** Reads on from `start` as long as the text can still become a known path, and adds the paths that it finds. */
function collect(
  text: string,
  start: number,
  known: MentionIndex,
  files: Set<string>,
  directories: Set<string>,
): void {
  const last = Math.min(text.length, start + known.longest + 1);
  for (let end = start + 1; end <= last && !known.isExhausted; end += 1) {
    const next = text.charAt(end);
    if (next !== "" && goesOn.test(next)) continue;
    const path = text.slice(start, end);
    known.spend(path.length);
    if (next === "/") {
      if (!known.isDirectory(path)) return;
      if (isEnd(text.charAt(end + 1))) directories.add(path);
      continue;
    }
    if (known.isFile(path)) files.add(path);
    if (/[*?[]/.test(next)) {
      for (const file of matchPattern(text, start, path, known)) files.add(file);
      return;
    }
    if (known.isDirectory(path)) directories.add(path);
  }
}

function isEnd(next: string): boolean {
  return next === "" || (!/[/*?[{]/.test(next) && !goesOn.test(next));
}

/** The known files that match the pattern at `start`. `[…]` is treated as `*`. */
function matchPattern(text: string, start: number, literal: string, known: MentionIndex): readonly string[] {
  const rest = text.slice(start, start + known.longest * 2);
  const end = rest.search(endOfPattern);
  const pattern = (end < 0 ? rest : rest.slice(0, end)).replace(/\[[^\]]*\]/g, "*");
  return /[*?]/.test(pattern) ? known.listMatching(pattern, literal.slice(0, literal.lastIndexOf("/"))) : [];
}
