/**
 * What the program's own `--help` says, as values: the man page is made of it, so that it never differs from the program. Reads
 * the text that commander prints.
 */
import { run } from "./run.ts";

export interface HelpEntry {
  readonly term: string;
  readonly text: string;
}

export interface CommandHelp {
  /** `["secret", "set"]`; empty for the program itself. */
  readonly words: readonly string[];
  readonly usage: string;
  readonly description: string;
  readonly arguments: readonly HelpEntry[];
  readonly options: readonly HelpEntry[];
  readonly commands: readonly HelpEntry[];
  /** A line to type, and what it is for. */
  readonly examples: readonly HelpEntry[];
  /** What stands below the lists, as paragraphs. */
  readonly notes: readonly string[];
}

/** The help of the program and of every command, each before those below it. */
export async function readHelp(program: string): Promise<readonly CommandHelp[]> {
  const read = async (words: readonly string[]): Promise<readonly CommandHelp[]> => {
    const help = parseHelp(words, await run([process.execPath, program, ...words, "--help"]));
    const names = help.commands.flatMap(({ term }) => term.split(" ", 1)).filter((name) => name !== "help");
    const below: CommandHelp[] = [];
    for (const name of names) below.push(...(await read([...words, name])));
    return [help, ...below];
  };
  return read([]);
}

/** @throws an error for a text that does not begin with the usage */
export function parseHelp(words: readonly string[], text: string): CommandHelp {
  const usage = /^Usage: (.*)$/m.exec(text)?.[1];
  if (usage === undefined) throw new Error(`gitops-agent ${words.join(" ")} --help has no usage: ${text}`);
  const lists: Record<string, HelpEntry[]> = { Arguments: [], Options: [], Commands: [], Examples: [] };
  const prose: string[][] = [[], []];
  let list: HelpEntry[] | undefined;
  for (const line of text.split("\n").slice(1)) {
    const heading = /^(\w+):$/.exec(line)?.[1];
    if (heading !== undefined && lists[heading] !== undefined) list = lists[heading];
    else if (list !== undefined && /^ {2}\S/.test(line)) list.push(parseEntry(line));
    else if (list !== undefined && /^ {3,}\S/.test(line)) continueEntry(list, line);
    else prose[list === undefined ? 0 : 1]?.push(line);
  }
  return {
    words,
    usage,
    description: splitParagraphs(prose[0])[0] ?? "",
    arguments: lists["Arguments"] ?? [],
    options: lists["Options"] ?? [],
    commands: lists["Commands"] ?? [],
    examples: lists["Examples"] ?? [],
    notes: splitParagraphs(prose[1]),
  };
}

function parseEntry(line: string): HelpEntry {
  const [, term = "", text = ""] = /^ {2}(\S.*?)(?: {2,}(.*))?$/.exec(line) ?? [];
  return { term, text };
}

function continueEntry(list: HelpEntry[], line: string): void {
  const last = list.pop();
  if (last !== undefined) list.push({ term: last.term, text: `${last.text} ${line.trim()}`.trim() });
}

function splitParagraphs(lines: readonly string[] = []): readonly string[] {
  const paragraphs = lines.join("\n").split(/\n{2,}/);
  return paragraphs.map((paragraph) => paragraph.trim().replaceAll("\n", " ")).filter(Boolean);
}
