/** The part of gitops.yaml's schema that says which commands a change of a managed file runs. */

import * as z from "zod";
import { checkFilePath, type Problem } from "./names.ts";
import { type FieldProblem, listOf, text } from "./schema-parts.ts";

const maxCommands = 16;
const maxArguments = 64;
const maxArgumentLength = 4096;

const argument = text("an argument", (value) => {
  if (value.includes("\0")) return { message: "an argument cannot contain NUL" };
  return value.length > maxArgumentLength
    ? { message: `an argument has at most ${maxArgumentLength} characters` }
    : null;
});

const commandNoun = "a command as a list of arguments";
const command = listOf(commandNoun, argument);

/** One command, or a list of commands. */
export const run = listOf(commandNoun, z.union([argument, command], commandNoun)).meta({
  description:
    "A command to run when the content of the file has changed or the file was deleted, as a list of arguments, or a list of such commands; there is no shell. It may run more than once for one change.",
  examples: [["sysctl", "--system"]],
});

/** @param value what the rules of a file have as `run` */
export function findBadCommands(value: unknown): readonly FieldProblem[] {
  if (!Array.isArray(value)) return [];
  const lists = value.filter((entry) => Array.isArray(entry)).length;
  if (lists === 0) return findBadCommand(value, ["run"]);
  if (lists < value.length) {
    const message = "these are arguments and commands in one list";
    return [{ path: ["run"], message, hint: "put each command in brackets: [[one, a], [two, b]]" }];
  }
  const excess = value.length > maxCommands;
  const problems = value.flatMap((entry, index) => findBadCommand(entry, ["run", String(index)]));
  return excess
    ? [...problems, { path: ["run"], message: `at most ${maxCommands} commands are possible here` }]
    : problems;
}

function findBadCommand(words: readonly unknown[], path: readonly string[]): readonly FieldProblem[] {
  const [program] = words;
  if (program === undefined) return [{ path, message: "expected a command, found an empty list" }];
  if (words.length > maxArguments) {
    return [{ path, message: `a command has at most ${maxArguments} arguments` }];
  }
  const problem = typeof program === "string" ? checkProgram(program) : null;
  return problem === null ? [] : [{ ...problem, path: [...path, "0"] }];
}

/** A path, or a name that systemd looks up in its fixed search path (systemd.service(5), "Command lines"). */
function checkProgram(program: string): Problem | null {
  if (program.startsWith("/")) return checkFilePath(program);
  if (/^[A-Za-z0-9_][A-Za-z0-9_.+-]*$/.test(program)) return null;
  return {
    message: "a program is an absolute path, or a name without a path",
    hint: /\s/.test(program)
      ? `write each argument by itself: [${program.split(/\s+/).join(", ")}]`
      : "there is no shell; for one, write [sh, -c, …]",
  };
}
