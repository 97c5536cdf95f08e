/**
 * Finds what may stand next on the command line, from the definitions of the commands themselves. Must not know a command, and asks
 * nothing: what the names of units are is told to it.
 */
import type { Argument, Command, Option } from "commander";

export interface Candidates {
  readonly words: readonly string[];
  /** Whether a unit may stand here. */
  readonly units: boolean;
  /** Whether a sync of the history may. */
  readonly revisions: boolean;
}

interface Place {
  readonly command: Command;
  /** The option whose value is written; null when it is none. */
  readonly option: Option | null;
  /** How many arguments of the command come before. */
  readonly arguments: number;
}

const nothing: Candidates = { words: [], units: false, revisions: false };

/**
 * @param words after the name of the program; the last one is what is being written, and may be empty
 * @returns all that may stand there, whatever the last word begins with; no words for a file or a text of one's own
 */
export function findCandidates(program: Command, words: readonly string[]): Candidates {
  const place = findPlace(program, words.slice(0, -1));
  const written = words.at(-1) ?? "";
  if (place.option !== null) return { ...nothing, words: place.option.argChoices ?? [] };
  if (written.startsWith("-")) return { ...nothing, words: listOptions(place.command) };
  const { registeredArguments } = place.command;
  const last = registeredArguments.at(-1);
  const argument = registeredArguments[place.arguments] ?? (last?.variadic === true ? last : undefined);
  const subcommands = place.arguments === 0 ? listSubcommands(place.command) : [];
  if (argument === undefined) return { ...nothing, words: subcommands };
  const fixed = [...subcommands, ...(argument.argChoices ?? [])];
  return { words: fixed, units: isOfUnits(argument), revisions: argument.name() === "rev" };
}

function findPlace(program: Command, words: readonly string[]): Place {
  let place: Place = { command: program, option: null, arguments: 0 };
  for (const word of words) {
    if (place.option !== null) place = { ...place, option: null };
    else if (word.startsWith("-")) place = { ...place, option: findValued(place.command, word) };
    else {
      const { command } = place;
      const next = place.arguments === 0 ? command.commands.find((one) => one.name() === word) : undefined;
      place =
        next === undefined
          ? { ...place, arguments: place.arguments + 1 }
          : { command: next, option: null, arguments: 0 };
    }
  }
  return place;
}

/** The option that a word names, if its value is the word after it. */
function findValued(command: Command, word: string): Option | null {
  const found = listAllOptions(command).find(({ long, short }) => word === long || word === short);
  return found?.required === true ? found : null;
}

/** Of the command, and of those that it belongs to. */
function listAllOptions(command: Command): readonly Option[] {
  const own = command.options.filter(({ hidden }) => !hidden);
  return command.parent === null ? own : [...own, ...listAllOptions(command.parent)];
}

function listOptions(command: Command): readonly string[] {
  return [...listAllOptions(command).flatMap(({ long }) => long ?? []), "--help"];
}

function listSubcommands(command: Command): readonly string[] {
  return command
    .createHelp()
    .visibleCommands(command)
    .map((one) => one.name());
}

/** Arguments that stand for units are named so: `[units...]`, `[names...]`, `[paths...]`, where a unit may be named as well. */
function isOfUnits(argument: Argument): boolean {
  return ["units", "names", "paths"].includes(argument.name());
}
