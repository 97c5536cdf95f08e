/** The help of the program as it is built: each example in it can be typed. */
import { expect, it } from "vitest";
import { type CommandHelp, readHelp } from "../../../scripts/package/help.ts";
import { exampleCommands } from "../../../src/cli/examples.ts";

it("has examples only of commands and options that there are, and one of each command that is typed", async () => {
  const commands = await readHelp("dist/gitops-agent.cjs");
  const byName = new Map(commands.map((command) => [command.words.join(" "), command]));
  const wrong = commands.flatMap(({ examples }) => examples.filter(({ term }) => !isRight(term, byName)));
  expect(wrong.map(({ term }) => term)).toEqual([]);
  expect(exampleCommands.filter((name) => (byName.get(name)?.examples.length ?? 0) === 0)).toEqual([]);
  expect(commands.flatMap(({ options }) => options).filter(({ term }) => !term.startsWith("-"))).toEqual([]);
});

function isRight(line: string, byName: ReadonlyMap<string, CommandHelp>): boolean {
  const own = line.split(" | ").find((part) => part.startsWith("gitops-agent ")) ?? "";
  const [, ...words] = own.split(" ");
  const command = byName.get(words.slice(0, 2).join(" ")) ?? byName.get(words.slice(0, 1).join(" "));
  const known = command?.options.flatMap(({ term }) => term.match(/(?<![\w-])--?[a-z-]+/gi) ?? []);
  return words.filter((word) => word.startsWith("-")).every((word) => known?.includes(word) === true);
}
