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

/** The lines of an output that are worth reading, and how many are left out before and after them. */
export interface Excerpt {
  readonly before: number;
  readonly lines: readonly string[];
  readonly after: number;
}

export type Trim = (lines: readonly string[]) => Excerpt;

export const firstLines =
  (count: number): Trim =>
  (lines) => ({ before: 0, lines: lines.slice(0, count), after: Math.max(0, lines.length - count) });

/** All up to the first empty line. */
export const firstParagraph: Trim = (lines) => {
  const end = lines.findIndex((line) => stripVTControlCharacters(line).trim() === "");
  return firstLines(end < 0 ? lines.length : end)(lines);
};

/** All from the first line that matches on. */
export const linesFrom =
  (pattern: RegExp): Trim =>
  (lines) => {
    const start = Math.max(
      0,
      lines.findIndex((line) => pattern.test(stripVTControlCharacters(line))),
    );
    return { before: start, lines: lines.slice(start), after: 0 };
  };

/** Without a word about the others. */
export const linesMatching =
  (pattern: RegExp): Trim =>
  (lines) => ({
    before: 0,
    lines: lines.filter((line) => pattern.test(stripVTControlCharacters(line))),
    after: 0,
  });

const everyLine: Trim = (lines) => ({ before: 0, lines, after: 0 });

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
  heading(title: string, explanation = ""): void {
    const line = "─".repeat(Math.max(0, this.width - title.length - 4));
    this.#line("");
    this.#line(`${this.#dim("──")} ${this.#paint("bold", title)} ${this.#dim(line)}`);
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
  output(text: string, trim: Trim = everyLine): void {
    const content = text.trimEnd();
    const { before, lines, after } = trim(content === "" ? [] : content.split("\n"));
    if (before > 0) this.#line(outputMargin + this.#dim(`… ${before} lines before`));
    for (const line of lines) this.#outputLine(line);
    if (after > 0) this.#line(outputMargin + this.#dim(`… ${after} more lines`));
  }

  exitCode(code: number, meaning: string): void {
    this.#line(outputMargin + this.#dim(`(exit code ${code}: ${meaning})`));
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

  /** What brings its own colours keeps them where it fits; the rest steps back behind the commands. */
  #outputLine(line: string): void {
    const text = stripVTControlCharacters(line);
    if (text === "") this.#line("");
    else if (line !== text && text.length <= this.outputWidth) this.#line(outputMargin + line);
    else for (const piece of foldLine(text, this.outputWidth)) this.#line(outputMargin + this.#dim(piece));
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
