/** Finds lines of unit files that systemd ignores, or at which it stops reading the file. Pure. */

import type { FileEntry } from "../model/desired.ts";
import type { Diagnostic } from "../model/errors.ts";
import { parseUnitFile, type UnitFileProblem } from "../units/unit-file.ts";
import type { ValidationContext } from "./context.ts";

/** LONG_LINE_MAX of systemd's src/basic/fileio.h: a unit with such a line does not load. */
const maxLineBytes = 1024 * 1024;

export function findTextProblems({ desired }: ValidationContext): readonly Diagnostic[] {
  return [...desired.files.values()]
    .filter((entry): entry is FileEntry => entry.kind === "file")
    .filter(({ role }) => role === "fragment" || role === "drop-in" || role === "quadlet")
    .flatMap((entry) => {
      const { longLines, problems } = desired.derived.of(entry.bytes, readProblems);
      return [...reportLongLines(entry, longLines), ...reportIgnoredLines(entry, problems)];
    });
}

interface TextProblems {
  /** Their numbers, from 1. */
  readonly longLines: readonly number[];
  readonly problems: readonly UnitFileProblem[];
}

function readProblems(bytes: Uint8Array): TextProblems {
  return { longLines: listLongLines(bytes), problems: parseUnitFile(bytes).problems };
}

function reportIgnoredLines(
  { origin, role }: FileEntry,
  problems: readonly UnitFileProblem[],
): readonly Diagnostic[] {
  return problems.map(({ line, message }) => {
    // The quadlet generator refuses a file for any line that it cannot read.
    if (role === "quadlet")
      return { severity: "error", code: "quadlet-refused", file: origin, line, message };
    if (message.endsWith("systemd reads no further than here")) {
      return { severity: "error", code: "unit-not-loadable", file: origin, line, message };
    }
    const text = `systemd ignores this line: ${message}`;
    return { severity: "warning", code: "ignored-line", file: origin, line, message: text };
  });
}

function reportLongLines({ origin }: FileEntry, lines: readonly number[]): readonly Diagnostic[] {
  const message = "the line is longer than 1 MiB: systemd does not load the file";
  return lines.map((line) => ({ severity: "error", code: "unit-not-loadable", file: origin, line, message }));
}

function listLongLines(bytes: Uint8Array): readonly number[] {
  const lines: number[] = [];
  let start = 0;
  for (let line = 1; bytes.length - start >= maxLineBytes; line += 1) {
    const found = bytes.indexOf(0x0a, start);
    const end = found < 0 ? bytes.length : found;
    if (end - start >= maxLineBytes) lines.push(line);
    start = end + 1;
  }
  return lines;
}
