/** The `secret` commands and `keygen` as a program of their own, so that tests can drive them with pipes and terminals. */
import { Command } from "commander";
import { addSecretCommands } from "../../../src/cli/commands/secret-commands.ts";
import { reportError } from "../../../src/cli/output.ts";

const program = new Command("gitops-agent").exitOverride();
addSecretCommands(program, (code) => {
  process.exitCode = code;
});
try {
  await program.parseAsync();
} catch (error) {
  process.exitCode = reportError(error);
}
