/**
 * Finds paths in the values of a definition: which places of a text can be an absolute path that is known, whatever syntax
 * stands around it (systemd's, a shell's, an option's, a URL's). Pure; what is mentioned by them is mentions.ts.
 */
import type { MentionIndex } from "./mention-index.ts";

export interface FoundPaths {
  readonly files: readonly string[];
  readonly directories: readonly string[];
}

/** Before a slash they make it a part of another path, a relative one for instance. */
const joinsBefore = /[\p{L}\p{N}_.~%$)}\]*?\\/#]/u;
/** After a name they go on with it. */
const goesOn = /[\p{L}\p{N}_.~%$+@\\-]/u;
/** Ends a pattern of files, which may hold brackets and further slashes. */
const endOfPattern = /[\s"'`;:,|&<>(){}]/;

/** The known paths that a value names, each as a whole: not as the beginning of another name, nor as the end of a path. */
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
 * A value as it is written, and with its escapes resolved: which of the two counts depends on the key and on what a shell makes
 * of it. In both, slashes and dots that mean nothing vanish (path_simplify()), and so does the beginning of a file: URL.
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

/** The escapes of systemd.syntax(7) (cunescape()); before every other character a backslash is a shell's, and vanishes. */
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

/** Goes along the text as long as it can still become a known path. */
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

/** A bracket is taken for any characters. */
function matchPattern(text: string, start: number, literal: string, known: MentionIndex): readonly string[] {
  const rest = text.slice(start, start + known.longest * 2);
  const end = rest.search(endOfPattern);
  const pattern = (end < 0 ? rest : rest.slice(0, end)).replace(/\[[^\]]*\]/g, "*");
  return /[*?]/.test(pattern) ? known.listMatching(pattern, literal.slice(0, literal.lastIndexOf("/"))) : [];
}
