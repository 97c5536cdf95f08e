/** Differences of files as unified diffs. Must not read the host. */
import { createTwoFilesPatch } from "diff";
import type { FileDifference } from "../../core/drift/file-diff.ts";
import type { HostFile } from "../../core/model/desired.ts";
import { escapeUnprintable, escapeUnprintableInLine } from "../../lib/printable.ts";
import { createPainter, type Painter, type Style } from "./style.ts";

export interface FileDiff {
  readonly path: string;
  readonly unit: string | null;
  readonly kind: FileDifference["kind"];
  /** Unified diff from the host's text to git's; null when one of them is not text. */
  readonly patch: string | null;
}

/** @param hostText what is on the host: text, `-> target` for a link, empty for nothing; null when it is not text */
export function describeFileDiff(difference: FileDifference, hostText: string | null): FileDiff {
  const { path, unit, kind, desired } = difference;
  const gitText = desired === null ? "" : textOf(desired);
  if (hostText === null || gitText === null) return { path, unit, kind, patch: null };
  const source = desired === null ? "/dev/null" : `git:${desired.origin}`;
  const patch = createTwoFilesPatch(`host:${path}`, source, hostText, gitText, undefined, undefined, {
    context: 3,
  });
  return { path, unit, kind, patch: patch.split("\n").slice(1).join("\n") };
}

function textOf(file: HostFile): string | null {
  if (file.kind === "link") return `-> ${file.linkTarget}\n`;
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(file.bytes);
  } catch {
    return null;
  }
}

const kindTexts: Readonly<Record<FileDiff["kind"], string>> = {
  missing: "is missing on the host",
  changed: "differs",
  foreign: "stands in the way: gitops-agent did not write it",
  obsolete: "is no longer in git",
  "foreign-drop-in": "changes a unit, but is not in git",
};

export function renderFileDiffs(diffs: readonly FileDiff[], options: { readonly colour: boolean }): string {
  const paint = createPainter(options.colour);
  if (diffs.length === 0) return `${paint("green", "✔")} every file is as git wants it\n`;
  return diffs.map((diff) => renderFileDiff(diff, paint)).join("\n");
}

/** The headline of a file, and its patch. Ends with a line end. */
export function renderFileDiff({ path, kind, patch }: FileDiff, paint: Painter): string {
  const headline = paint("bold", `${escapeUnprintable(path)} ${kindTexts[kind]}`);
  if (patch === null) return `${headline}\n  (not text)\n`;
  const lines = patch
    .trimEnd()
    .split("\n")
    .map((line) => paintLine(line, paint));
  return `${[headline, ...lines].join("\n")}\n`;
}

function paintLine(line: string, paint: Painter): string {
  const text = escapeUnprintableInLine(line);
  const style: Style | null = line.startsWith("+") ? "green" : line.startsWith("-") ? "red" : null;
  return style === null ? text : paint(style, text);
}
