/** Names, options and help of `drift` and its subcommands. The code of each is loaded when it is called. */
import type { Command } from "commander";
import type { ExitCode } from "../../core/model/errors.ts";
import { readFlags } from "../agent-file.ts";

interface DriftFlags {
  readonly json?: true;
  readonly watch?: true;
  readonly all?: true;
}

const help = `
NAME is a unit (web.service) or an absolute path. Without names all differences are listed; with names each is shown with
its diff, what systemd has loaded, and what would be done about it.`;

/** Adds `drift` with `correct` and `adopt`. */
export function addDriftCommands(program: Command, setExitCode: (code: ExitCode) => void): void {
  const drift = program
    .command("drift")
    .description("what on this host is not as it was applied")
    .argument("[names...]", "only these units or paths, in detail")
    .option("--watch", "print what appears, changes and is resolved, until Ctrl-C")
    .option("--json", "print JSON")
    .addHelpText("after", help)
    .action(async (names: readonly string[], _options, command: Command) => {
      const { config, json, watch } = await readFlags<DriftFlags>(command);
      const options = { config, json: json === true };
      if (watch === true) {
        const { runDriftWatch } = await import("./drift-watch.ts");
        setExitCode(await runDriftWatch(names, options));
      } else {
        const { runDrift } = await import("./drift.ts");
        setExitCode(await runDrift(names, options));
      }
    });
  drift
    .command("correct")
    .description("put differences back once, whatever the policy of the unit is")
    .argument("[names...]", "units or paths")
    .option("--all", "all differences")
    .option("--json", "print JSON")
    .action(async (names: readonly string[], _options, command: Command) => {
      const { config, json, all } = await readFlags<DriftFlags>(command);
      const { runDriftCorrect } = await import("./drift-correct.ts");
      setExitCode(await runDriftCorrect(names, { config, json: json === true, all: all === true }));
    });
  drift
    .command("adopt")
    .description("print what is on the host as a patch against the repository, for git apply")
    .argument("<names...>", "units or paths")
    .action(async (names: readonly string[], _options, command: Command) => {
      const { runDriftAdopt } = await import("./drift-adopt.ts");
      setExitCode(await runDriftAdopt(names, await readFlags<DriftFlags>(command)));
    });
}
