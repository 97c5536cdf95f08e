/** Names, options and help of the commands by which a person decides about the host. Their code is loaded when it is called. */
import { type Command, InvalidArgumentError } from "commander";
import type { ExitCode } from "../../core/model/errors.ts";
import { maxDecisionText } from "../../core/model/sync-request.ts";
import { readFlags } from "../agent-file.ts";

interface Flags {
  readonly json?: true;
  readonly for?: string;
  readonly because?: string;
  readonly untilNext?: true;
  readonly yes?: true;
}

const rollbackHelp = `
Without REV: the revision that was applied before the present one. REV is the beginning of a commit id, or @N as history numbers
the syncs. The host stays there until gitops-agent resume. For all hosts: git revert, and push.`;

/** @throws InvalidArgumentError for a reason that the status could not show */
function parseReason(text: string): string {
  const reason = text.trim();
  if (reason !== "" && reason.length <= maxDecisionText) return reason;
  const found = reason === "" ? "it is empty" : `it has ${reason.length} characters`;
  throw new InvalidArgumentError(`A reason has 1 to ${maxDecisionText} characters; ${found}.`);
}

/** Adds `suspend`, `resume`, `rollback` and `approve`. */
export function addIntentCommands(program: Command, setExitCode: (code: ExitCode) => void): void {
  program
    .command("suspend")
    .description("leave this host as it is: apply nothing, put no drift back; go on fetching and reporting")
    .option("--for <duration>", "end by itself after this time, such as 2h")
    .option("--because <text>", "the reason, which status shows", parseReason)
    .option("--json", "print JSON")
    .action(async (_options, command: Command) => {
      const { config, json, for: duration = null, because = null } = await readFlags<Flags>(command);
      const { runSuspend } = await import("./suspend.ts");
      setExitCode(await runSuspend({ config, json: json === true, duration, because }));
    });
  program
    .command("resume")
    .description("end a suspension or a rollback, and sync")
    .option("--json", "print JSON")
    .action(async (_options, command: Command) => {
      const { config, json } = await readFlags<Flags>(command);
      const { runResume } = await import("./suspend.ts");
      setExitCode(await runResume({ config, json: json === true }));
    });
  program
    .command("rollback")
    .description("go back to a revision that was applied before, and stay there")
    .argument("[rev]", "the beginning of a commit id, or @N")
    .option("--because <text>", "the reason, which status shows", parseReason)
    .option("--until-next", "only until there is a newer commit than now")
    .option("--yes", "do not ask")
    .option("--json", "print JSON; needs --yes")
    .addHelpText("after", rollbackHelp)
    .action(async (name: string | undefined, _options, command: Command) => {
      const { config, json, because = null, untilNext, yes } = await readFlags<Flags>(command);
      const { runRollback } = await import("./rollback.ts");
      const decided = { because, untilNext: untilNext === true, isSure: yes === true };
      setExitCode(await runRollback(name ?? null, { config, json: json === true, ...decided }));
    });
  program
    .command("approve")
    .description("let the newest revision be applied, where agent.yaml says confirm: true")
    .argument("[rev]", "the beginning of its commit id; without it: the one that waits")
    .option("--json", "print JSON")
    .action(async (name: string | undefined, _options, command: Command) => {
      const { config, json } = await readFlags<Flags>(command);
      const { runApprove } = await import("./approve.ts");
      setExitCode(await runApprove(name ?? null, { config, json: json === true }));
    });
}
