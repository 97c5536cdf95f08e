/** Names, options and help of `events` and `logs`. Their code is loaded when it is called. */
import type { Command } from "commander";
import type { ExitCode } from "../../core/model/errors.ts";
import { readFlags } from "../agent-file.ts";
import { parseCount } from "../parse-count.ts";

interface EventsFlags {
  readonly json?: true;
  readonly follow?: true;
  readonly since?: string;
}

interface LogsFlags extends EventsFlags {
  readonly lines: number;
}

/** Adds `events` and `logs`. */
export function addLogCommands(program: Command, setExitCode: (code: ExitCode) => void): void {
  program
    .command("events")
    .description("what the agent has done since its start, one line each")
    .argument("[units...]", "only about these units")
    .option("-f, --follow", "go on with what it does, until Ctrl-C")
    .option("--since <time>", "only from this time on, or since a time span: 10min")
    .option("--json", "print a JSON object a line")
    .action(async (names: readonly string[], _options, command: Command) => {
      const { config, json, follow, since = null } = await readFlags<EventsFlags>(command);
      const { runEvents } = await import("./events.ts");
      setExitCode(await runEvents(names, { config, json: json === true, follow: follow === true, since }));
    });
  program
    .command("logs")
    .description("the journal of the units that the last change touched, or of these, and of the agent")
    .argument("[units...]", "units")
    .option("-f, --follow", "go on as new lines come")
    .option("-n, --lines <number>", "only so many of the newest lines", parseCount, 50)
    .option("--since <time>", "only from this time on, as journalctl takes it")
    .action(async (names: readonly string[], _options, command: Command) => {
      const { config, lines: count, follow, since = null } = await readFlags<LogsFlags>(command);
      const { runLogs } = await import("./logs.ts");
      setExitCode(await runLogs(names, { config, count, since, follow: follow === true }));
    });
}
