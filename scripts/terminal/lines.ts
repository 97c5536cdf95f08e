/**
 * The lines that a terminal shows of what was written, with their styles. Knows what a program writes that prints one line after the
 * other (ECMA-48, SGR): it is no terminal, and anything else is an error. Pure.
 */

export interface Piece {
  readonly text: string;
  /** Names such as `bold`, `green`; empty for plain text. */
  readonly styles: readonly string[];
}

export interface Line {
  /** Seconds since the beginning, when its first character was written. */
  readonly at: number;
  readonly pieces: readonly Piece[];
}

const colours = ["black", "red", "green", "yellow", "blue", "magenta", "cyan", "white"];
const escapeCode = String.fromCharCode(27);
const parts = new RegExp(`${escapeCode}\\[([0-9;]*)m|\\r?\\n|[^${escapeCode}\\r\\n]+|[\\s\\S]`, "gu");

/** @throws an error for a control sequence that is no style */
export function readLines(
  outputs: readonly { readonly at: number; readonly text: string }[],
): readonly Line[] {
  const lines: Line[] = [];
  let pieces: Piece[] = [];
  let since: number | null = null;
  let styles: readonly string[] = [];
  for (const { at, text } of outputs) {
    for (const [part, codes] of text.matchAll(parts)) {
      if (part.endsWith("\n")) {
        lines.push({ at: since ?? at, pieces });
        pieces = [];
        since = null;
      } else if (codes !== undefined) styles = applyCodes(styles, codes);
      else if (/[\p{Cc}]/u.test(part))
        throw new Error(`the output has the control character ${JSON.stringify(part)}`);
      else {
        pieces.push({ text: part, styles });
        since ??= at;
      }
    }
  }
  return pieces.length === 0 ? lines : [...lines, { at: since ?? 0, pieces }];
}

function applyCodes(styles: readonly string[], codes: string): readonly string[] {
  return codes.split(";").map(Number).reduce(applyCode, styles);
}

function applyCode(styles: readonly string[], code: number): readonly string[] {
  const without = (...names: readonly string[]) => styles.filter((style) => !names.includes(style));
  if (code === 0) return [];
  if (code === 1) return [...styles, "bold"];
  if (code === 2) return [...styles, "dim"];
  if (code === 22) return without("bold", "dim");
  if (code === 39) return without(...colours);
  const colour = colours[code >= 90 ? code - 90 : code - 30];
  return colour === undefined ? styles : [...without(...colours), colour];
}
