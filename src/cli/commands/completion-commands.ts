/** Names, options and help of the commands that complete words in a shell. Their code is loaded when they are called. */
import { Argument, type Command } from "commander";
import { ExitCode } from "../../core/model/errors.ts";
import { type Shell, shells } from "../render/completion.ts";

const help = `
Examples:
  source <(gitops-agent completion bash)                                            for this shell
  gitops-agent completion zsh > "\${fpath[1]}/_gitops-agent"                         for every new one
  gitops-agent completion fish > ~/.config/fish/completions/gitops-agent.fish`;

/** Adds `completion`, and the hidden command that its scripts call. */
export function addCompletionCommands(program: Command, setExitCode: (code: ExitCode) => void): void {
  program
    .command("completion")
    .description("print a script with which a shell completes commands, options and units")
    .addArgument(new Argument("<shell>").choices(shells))
    .addHelpText("after", help)
    .action(async (shell: Shell) => {
      const { runCompletion } = await import("./completion.ts");
      runCompletion(shell);
      setExitCode(ExitCode.inSync);
    });
  program
    .command("complete", { hidden: true })
    .argument("[words...]")
    .action(async (words: readonly string[]) => {
      const { runComplete } = await import("./completion.ts");
      await runComplete(program, words);
      setExitCode(ExitCode.inSync);
    });
}
