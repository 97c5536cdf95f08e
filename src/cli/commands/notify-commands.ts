/** Names, options and help of `notify`. Its code is loaded when it is called. */
import type { Command } from "commander";
import type { ExitCode } from "../../core/model/errors.ts";
import { readFlags } from "../agent-file.ts";

interface Flags {
  readonly json?: true;
  readonly to?: string;
}

export function addNotifyCommands(program: Command, setExitCode: (code: ExitCode) => void): void {
  program
    .command("notify")
    .description("alerts, as agent.yaml wants them")
    .command("test")
    .description(
      "send a test message to everybody that notify: in agent.yaml names, and show what they answer",
    )
    .option("--to <name>", "only to the entry with this name")
    .option("--json", "print JSON")
    .action(async (_options, command: Command) => {
      const { config, json, to = null } = await readFlags<Flags>(command);
      const { runNotifyTest } = await import("./notify.ts");
      setExitCode(await runNotifyTest({ config, json: json === true, to }));
    });
}
