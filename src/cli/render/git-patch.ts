/**
 * Writes a patch as `git apply` reads it (git-diff(1), "Generating patch text with -p"). Must not read the host or the
 * repository.
 */
import { createHash } from "node:crypto";
import { structuredPatch } from "diff";
import type { SnapshotFile } from "../../core/model/snapshot.ts";

export type GitMode = SnapshotFile["mode"];

/** One path of the repository, before and after; null where there is no file. */
export interface PatchFile {
  /** Path inside the repository, without a leading slash. */
  readonly path: string;
  readonly before: Pick<SnapshotFile, "mode" | "bytes" | "blob"> | null;
  readonly after: { readonly mode: GitMode; readonly bytes: Uint8Array } | null;
}

const modes: Readonly<Record<GitMode, string>> = { file: "100644", executable: "100755", symlink: "120000" };
const noBlob = "0000000";
const shortId = 12;
/** Beyond so many changed lines, the search for the shortest difference takes long, and nobody reads it. */
const maxEditLength = 1_000;

/** The text of the bytes; null when they are not UTF-8 text, which a patch cannot hold. */
export function readPatchText(bytes: Uint8Array): string | null {
  if (bytes.includes(0)) return null;
  try {
    // With a byte order mark, as git's side has it too.
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return null;
  }
}

/** Whether both sides are text. Only then `renderGitPatch` takes the file. */
export function isTextChange({ before, after }: PatchFile): boolean {
  return [before, after].every((side) => side === null || readPatchText(side.bytes) !== null);
}

/** The patch of all files, sorted by path; empty when nothing differs. */
export function renderGitPatch(files: readonly PatchFile[]): string {
  const sorted = [...files].sort((left, right) => (left.path < right.path ? -1 : 1));
  return sorted.flatMap(splitTypeChange).map(renderFile).join("");
}

/** In a patch a file that becomes a link, or a link that becomes a file, is deleted and made anew. */
function splitTypeChange(file: PatchFile): readonly PatchFile[] {
  const { before, after } = file;
  if (before === null || after === null) return [file];
  if ((before.mode === "symlink") === (after.mode === "symlink")) return [file];
  return [
    { ...file, after: null },
    { ...file, before: null },
  ];
}

function renderFile({ path, before, after }: PatchFile): string {
  const oldText = textOf(before);
  const newText = textOf(after);
  const isSameMode = before?.mode === after?.mode;
  if (oldText === newText && isSameMode) return "";
  const lines = [`diff --git ${quoteName("a/", path)} ${quoteName("b/", path)}`];
  if (before === null && after !== null) lines.push(`new file mode ${modes[after.mode]}`);
  else if (before !== null && after === null) lines.push(`deleted file mode ${modes[before.mode]}`);
  else if (before !== null && after !== null && !isSameMode) {
    lines.push(`old mode ${modes[before.mode]}`, `new mode ${modes[after.mode]}`);
  }
  if (oldText !== newText || before === null || after === null) lines.push(indexLine(before, after));
  if (oldText !== newText) {
    lines.push(before === null ? "--- /dev/null" : `--- ${nameLine("a/", path)}`);
    lines.push(after === null ? "+++ /dev/null" : `+++ ${nameLine("b/", path)}`);
    lines.push(...listHunks(oldText, newText));
  }
  return `${lines.join("\n")}\n`;
}

function textOf(side: { readonly bytes: Uint8Array } | null): string {
  const text = side === null ? "" : readPatchText(side.bytes);
  if (text === null) throw new Error("a patch was made of something that is not text");
  return text;
}

/** With it, `git apply --3way` finds the blob that the patch was made from. */
function indexLine(before: PatchFile["before"], after: PatchFile["after"]): string {
  const algorithm = before?.blob.length === 64 ? "sha256" : "sha1";
  const oldId = before === null ? noBlob : before.blob.slice(0, shortId);
  const newId = after === null ? noBlob : hashBlob(after.bytes, algorithm).slice(0, shortId);
  const mode = before !== null && before.mode === after?.mode ? ` ${modes[before.mode]}` : "";
  return `index ${oldId}..${newId}${mode}`;
}

function hashBlob(bytes: Uint8Array, algorithm: string): string {
  return createHash(algorithm).update(`blob ${bytes.length}\0`).update(bytes).digest("hex");
}

function listHunks(oldText: string, newText: string): readonly string[] {
  const patch = structuredPatch("", "", oldText, newText, undefined, undefined, {
    context: 3,
    maxEditLength,
  });
  if (patch === undefined) return replaceWhole(oldText, newText);
  return patch.hunks.flatMap(({ oldStart, oldLines, newStart, newLines, lines }) => [
    hunkHead({ start: oldStart, count: oldLines }, { start: newStart, count: newLines }),
    ...lines,
  ]);
}

interface Side {
  readonly start: number;
  readonly count: number;
}

/** A side without lines names the line before it. */
function hunkHead(before: Side, after: Side): string {
  const side = ({ start, count }: Side) => `${count === 0 ? start - 1 : start},${count}`;
  return `@@ -${side(before)} +${side(after)} @@`;
}

function replaceWhole(oldText: string, newText: string): readonly string[] {
  const before = splitLines(oldText);
  const after = splitLines(newText);
  return [
    hunkHead({ start: 1, count: before.length }, { start: 1, count: after.length }),
    ...markLines("-", before, oldText),
    ...markLines("+", after, newText),
  ];
}

function splitLines(text: string): readonly string[] {
  if (text === "") return [];
  return (text.endsWith("\n") ? text.slice(0, -1) : text).split("\n");
}

function markLines(sign: "-" | "+", lines: readonly string[], text: string): readonly string[] {
  const marked = lines.map((line) => `${sign}${line}`);
  return lines.length === 0 || text.endsWith("\n") ? marked : [...marked, "\\ No newline at end of file"];
}

/** Without the tab, `patch` and git would end a name at its first blank. */
function nameLine(prefix: string, path: string): string {
  const name = quoteName(prefix, path);
  return name.includes(" ") && !name.startsWith('"') ? `${name}\t` : name;
}

const escapes: ReadonlyMap<number, string> = new Map([
  [7, "\\a"],
  [8, "\\b"],
  [9, "\\t"],
  [10, "\\n"],
  [11, "\\v"],
  [12, "\\f"],
  [13, "\\r"],
  [34, '\\"'],
  [92, "\\\\"],
]);

/** Quotes a name as git does (git-config(1), core.quotePath) when it has bytes that are not plain ASCII. */
function quoteName(prefix: string, path: string): string {
  const bytes = new TextEncoder().encode(`${prefix}${path}`);
  let quoted = "";
  for (const byte of bytes) {
    const isPlain = byte >= 32 && byte < 127;
    const short = escapes.get(byte);
    quoted += short ?? (isPlain ? String.fromCharCode(byte) : `\\${byte.toString(8).padStart(3, "0")}`);
  }
  return quoted === `${prefix}${path}` ? quoted : `"${quoted}"`;
}
