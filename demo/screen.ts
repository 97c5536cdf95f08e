/**
 * What the demo looks like: headings, commands with their prompts, their output, tables and check marks. Runs nothing and
 * decides nothing.
 */
import { stripVTControlCharacters } from "node:util";
import { createPainter, type Painter } from "../src/cli/render/style.ts";
import { type Row, renderTable } from "../src/cli/render/table.ts";

export interface ScreenOptions {
  readonly colour: boolean;
  /** Columns. */
  readonly width: number;
  /** Takes whole lines, with their line ends. */
  readonly write: (text: string) => void;
}

/** Who types a command: somebody with a clone of the repository, or root on the host. */
export type Prompt = "you$" | "jobs-1#";

/** Chooses the lines of an output that are worth reading. */
export type Trim = (lines: readonly string[]) => readonly string[];

export const firstLines =
  (count: number): Trim =>
  (lines) =>
    lines.slice(0, count);

/** All up to the first empty line. */
export const firstParagraph: Trim = (lines) => {
  const end = lines.findIndex((line) => stripVTControlCharacters(line).trim() === "");
  return end < 0 ? lines : lines.slice(0, end);
};

export const linesMatching =
  (pattern: RegExp): Trim =>
  (lines) =>
    lines.filter((line) => pattern.test(stripVTControlCharacters(line)));

const margin = "  ";
const outputMargin = "    ";

export class Screen {
  readonly colour: boolean;
  readonly width: number;
  readonly #paint: Painter;
  readonly #write: (text: string) => void;
  #verified = 0;

  constructor({ colour, width, write }: ScreenOptions) {
    this.colour = colour;
    this.width = width;
    this.#paint = createPainter(colour);
    this.#write = write;
  }

  /** Columns that are left for the output of a command. */
  get outputWidth(): number {
    return this.width - outputMargin.length;
  }

  /** How many facts have been verified so far. */
  get verifiedCount(): number {
    return this.#verified;
  }

  /** Opens a part of the story with what it is about. */
  heading(label: string, title: string, explanation: string): void {
    const line = "─".repeat(Math.max(0, this.width - label.length - title.length - 6));
    this.#line("");
    this.#line(`${this.#paint("dim", "──")} ${this.#paint("bold", `${label} ${title}`)} ${this.#dim(line)}`);
    for (const text of wrapWords(explanation, this.width - margin.length)) this.#line(margin + text);
    this.#line("");
  }

  command(prompt: Prompt, text: string): void {
    const painted = this.#paint(prompt === "you$" ? "cyan" : "yellow", prompt);
    const [first = "", ...more] = text.split("\n");
    this.#line(`${margin}${painted} ${this.#paint("bold", first)}`);
    for (const line of more) this.#line(`${margin}${" ".repeat(prompt.length)} ${this.#paint("bold", line)}`);
  }

  /** The output of a command; says how much of it is left out. */
  output(text: string, trim: Trim = (lines) => lines): void {
    const lines = text.trimEnd() === "" ? [] : text.trimEnd().split("\n");
    const shown = trim(lines);
    for (const line of shown) this.#outputLine(line);
    const hidden = lines.length - shown.length;
    if (hidden > 0) this.#line(outputMargin + this.#dim(`… ${hidden} more line${hidden === 1 ? "" : "s"}`));
  }

  exitCode(code: number): void {
    this.#line(outputMargin + this.#dim(`(exit code ${code})`));
  }

  table(rows: readonly Row[]): void {
    for (const line of renderTable(rows, this.#paint, this.outputWidth)) this.#line(outputMargin + line);
  }

  /** Something that was checked and is so. */
  verified(fact: string): void {
    this.#verified += 1;
    const [first = "", ...more] = wrapWords(fact, this.width - margin.length - 2);
    this.#line(`${margin}${this.#paint("green", "✔")} ${first}`);
    for (const line of more) this.#line(`${margin}  ${line}`);
  }

  /** A remark of the demo itself. */
  note(text: string): void {
    for (const line of wrapWords(text, this.width - margin.length)) this.#line(margin + this.#dim(line));
  }

  failure(text: string): void {
    this.#line("");
    const [first = "", ...more] = text.split("\n");
    this.#line(`${this.#paint("red", "✖")} ${first}`);
    for (const line of more) this.#line(`  ${line}`);
  }

  /** Text as it is. */
  plain(text: string): void {
    this.#line(text);
  }

  #outputLine(line: string): void {
    // What brings its own colours keeps them; the rest steps back behind the commands.
    const hasStyles = line !== stripVTControlCharacters(line);
    const pieces = hasStyles ? [line] : foldLine(line, this.outputWidth);
    for (const piece of pieces) this.#line(outputMargin + (hasStyles ? piece : this.#dim(piece)));
  }

  #dim(text: string): string {
    return this.#paint("dim", text);
  }

  #line(text: string): void {
    this.#write(`${text.trimEnd()}\n`);
  }
}

/** A longer line goes on below itself, further in, as broken at a space where there is one. */
function foldLine(line: string, width: number): string[] {
  const [first = "", ...rest] = wrapWords(line, width);
  const indentation = `${/^\s*/u.exec(line)?.[0] ?? ""}    `;
  return [first, ...wrapWords(rest.join(" "), width - indentation.length).map((text) => indentation + text)];
}

/** Keeps the indentation of the first line; empty for an empty text. */
function wrapWords(text: string, width: number): string[] {
  const lines: string[] = [];
  let rest = text;
  while (rest.length > width) {
    const space = rest.lastIndexOf(" ", width);
    const end = space > width / 2 ? space : width;
    lines.push(rest.slice(0, end));
    rest = rest.slice(end).trimStart();
  }
  return rest === "" ? lines : [...lines, rest];
}
