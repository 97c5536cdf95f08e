import { Argument, Command, Option } from "commander";
import { describe, expect, it } from "vitest";
import { findCandidates } from "../../../src/cli/candidates.ts";

const program = new Command("agent").option("-c, --config <file>", "x");
program.command("status").option("--json", "x");
program.command("hidden", { hidden: true });
const drift = program.command("drift").argument("[names...]", "x").option("-n, --count <number>", "x");
drift.command("correct").argument("[names...]", "x").option("--all", "x");
program
  .command("shell")
  .addArgument(new Argument("<shell>").choices(["bash", "zsh"]))
  .addOption(new Option("--colour <when>").choices(["always", "never"]));
program.command("check").argument("[dir]", "x");

const wordsAt = (...words: readonly string[]) => findCandidates(program, words).words;

describe("what may stand next", () => {
  it("is a command that help shows", () => {
    expect(wordsAt("")).toEqual(["status", "drift", "shell", "check", "help"]);
    expect(wordsAt("--config", "f", "")).toContain("status");
  });

  it("is a subcommand or a unit, and after the first argument a unit only", () => {
    expect(findCandidates(program, ["drift", ""])).toEqual({
      words: ["correct", "help"],
      units: true,
      revisions: false,
    });
    expect(findCandidates(program, ["drift", "a.service", ""])).toEqual({
      words: [],
      units: true,
      revisions: false,
    });
    expect(findCandidates(program, ["drift", "correct", "--all", ""])).toEqual({
      words: [],
      units: true,
      revisions: false,
    });
  });

  it("is an option of the command or of those that it belongs to", () => {
    expect(wordsAt("drift", "correct", "-")).toEqual(["--all", "--count", "--config", "--help"]);
  });

  it("is one of the choices of an argument or of an option", () => {
    expect(wordsAt("shell", "")).toEqual(["bash", "zsh"]);
    expect(wordsAt("shell", "--colour", "")).toEqual(["always", "never"]);
  });

  it("is nothing that is known where a file or a text of one's own stands", () => {
    const nothing = { words: [], units: false, revisions: false };
    expect(findCandidates(program, ["check", ""])).toEqual(nothing);
    expect(findCandidates(program, ["drift", "--count", ""])).toEqual(nothing);
    expect(findCandidates(program, ["status", "x", ""])).toEqual(nothing);
  });
});
