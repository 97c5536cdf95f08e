/**
 * The command line: names, options and help. The code of each command is in commands/ and is loaded when it is
 * called. What is imported here is loaded for every command.
 */
import { Command, CommanderError } from "commander";
import { ExitCode } from "../core/model/errors.ts";
import { type SyncMode, syncModes } from "../core/model/sync-request.ts";
import { type AgentFile, readFlags } from "./agent-file.ts";
import { addCompletionCommands } from "./commands/completion-commands.ts";
import { addDriftCommands } from "./commands/drift-commands.ts";
import { addImportCommand } from "./commands/import-command.ts";
import { addInitCommands } from "./commands/init-commands.ts";
import { addIntentCommands } from "./commands/intent-commands.ts";
import { addLogCommands } from "./commands/log-commands.ts";
import { addNotifyCommands } from "./commands/notify-commands.ts";
import { addSecretCommands } from "./commands/secret-commands.ts";
import { describeExamples } from "./examples.ts";
import { allowClosedPipe, reportError } from "./output.ts";
import { parseCount } from "./parse-count.ts";
import { explainUsage } from "./usage-error.ts";
import { version } from "./version.ts";

interface SyncFlags {
  readonly retry?: true;
  readonly acceptRewrite?: true;
  readonly acceptHost?: true;
  readonly allowPrune?: true;
  readonly now?: true;
}

interface CheckFlags {
  readonly user?: true;
  readonly json?: boolean;
  readonly verbose?: boolean;
  readonly suggest?: boolean;
}

interface ReadFlags {
  readonly json?: true;
}

function createProgram(setExitCode: (code: ExitCode) => void): Command {
  const program = new Command("gitops-agent")
    .description("Keeps this host as a git repository describes it: units, timers, files and secrets.")
    .version(version)
    .option("-c, --config <file>", "the agent's own configuration (default: /etc/gitops-agent/agent.yaml)")
    .option("--user", "the agent of your own service manager, with ~/.config/gitops-agent/agent.yaml")
    .showHelpAfterError("hint: --help lists the commands and options")
    .configureOutput({
      outputError: (text, write) => write(explainUsage(text)),
    })
    .addHelpText(
      "after",
      "\nUnits are started and stopped with systemctl: what then differs from git is shown as drift.",
    )
    .exitOverride();

  program
    .command("status")
    .description("what is applied, how the units do, what drifted")
    .argument("[units...]", "all that is known of these units")
    .option("--watch", "draw it anew whenever something happens, until q")
    .option("--json", "print JSON (documented in docs/cli.md)")
    .action(async (names: readonly string[], { watch }: { readonly watch?: true }, command: Command) => {
      if (watch === true) {
        const { runStatusWatch } = await import("./commands/status-watch.ts");
        setExitCode(await runStatusWatch((await readOptions(command)).config));
        return;
      }
      const { runStatus, runStatusOfUnits } = await import("./commands/status.ts");
      const options = await readOptions(command);
      setExitCode(await (names.length === 0 ? runStatus(options) : runStatusOfUnits(names, options)));
    });
  program
    .command("why")
    .description("why a unit was restarted, or was not, and what a restart would take along")
    .argument("<units>", "a unit")
    .option("--json", "print JSON, as status UNIT does")
    .action(async (name: string, _options, command: Command) => {
      const { runWhy } = await import("./commands/status.ts");
      setExitCode(await runWhy(name, await readOptions(command)));
    });
  program
    .command("history")
    .description("the syncs of the past: what was tried, who signed it, how it ended, what it did")
    .argument("[rev]", "one sync with its diff and times: the beginning of its commit id, or @N")
    .option("-n, --count <number>", "only so many of the newest", parseCount, 20)
    .option("--json", "print JSON")
    .action(async (name: string | undefined, { count }: { readonly count: number }, command: Command) => {
      const { runHistory, runHistorySync } = await import("./commands/history.ts");
      const options = await readOptions(command);
      const isOne = name !== undefined;
      setExitCode(await (isOne ? runHistorySync(name, options) : runHistory({ ...options, count })));
    });
  addLogCommands(program, setExitCode);
  program
    .command("plan")
    .description("what a sync would do now, and why; changes nothing")
    .option("--explain", "every difference of every unit, and what it interrupts")
    .option("--json", "print JSON")
    .action(async (options: { readonly explain?: true }, command: Command) => {
      const { runPlan } = await import("./commands/plan.ts");
      setExitCode(await runPlan({ ...(await readOptions(command)), explain: options.explain === true }));
    });
  program
    .command("sync")
    .description("fetch and apply now; tries a rejected revision again, unless it was rolled back")
    .option("--retry", "try even a revision again that was rolled back")
    .option("--accept-rewrite", "take a branch whose history was rewritten")
    .option("--accept-host", "take what is applied here for this host's, which has another name now")
    .option("--allow-prune", "let the revision remove more units than prune-limit allows, this once")
    .option("--now", "wait neither for a window nor for an approval")
    .option("--json", "print JSON")
    .action(async (options: SyncFlags, command: Command) => {
      const { runSync } = await import("./commands/sync.ts");
      setExitCode(
        await runSync({ ...(await readOptions(command)), request: { modes: listModes(options), adopt: [] } }),
      );
    });
  program
    .command("diff")
    .description("what differs between git and the files on this host, line by line")
    .argument("[paths...]", "only these files or units")
    .option("--json", "print JSON")
    .action(async (names: readonly string[], _options, command: Command) => {
      const { runDiff } = await import("./commands/diff.ts");
      setExitCode(await runDiff(names, await readOptions(command)));
    });
  addDriftCommands(program, setExitCode);
  addIntentCommands(program, setExitCode);
  program
    .command("adopt")
    .description("let git have files that stand on the host already (they are backed up), and sync")
    .argument("<paths...>", "absolute paths, or names of units")
    .option("--json", "print JSON")
    .action(async (names: readonly string[], _options, command: Command) => {
      const { runAdopt } = await import("./commands/adopt.ts");
      setExitCode(await runAdopt(names, await readOptions(command)));
    });
  program
    .command("check")
    .description(
      "look for mistakes in a repository on disk, for every host in it; needs no agent and no root",
    )
    .argument("[dir]", "top of the repository", ".")
    .option("--json", "print JSON")
    .option("--verbose", "name every file that is passed over")
    .option("--suggest", "propose a layout for gitops.yaml, and check with it")
    .action(async (directory: string, _options, command: Command) => {
      const { json = false, verbose = false, suggest = false, user } = command.optsWithGlobals<CheckFlags>();
      const { runCheck } = await import("./commands/check.ts");
      const manager = user === true ? "user" : "system";
      setExitCode(await runCheck(directory, { json, verbose, suggest, manager }));
    });
  program
    .command("doctor")
    .description("check every precondition of this host, and say what to do about those that do not hold")
    .option("--json", "print JSON")
    .action(async (_options, command: Command) => {
      const { runDoctor } = await import("./commands/doctor.ts");
      setExitCode(await runDoctor(await readOptions(command)));
    });
  program
    .command("daemon")
    .description("run until stopped: poll or watch the repository, apply, report drift")
    .action(async (_options, command: Command) => {
      const { runDaemon } = await import("./commands/daemon.ts");
      setExitCode(await runDaemon((await readOptions(command)).config));
    });
  program
    .command("credentials")
    .description("the decrypted secrets below /run")
    .command("restore")
    .description("bring the credentials of the applied revision back (at boot: no network needed)")
    .action(async (_options, command: Command) => {
      const { runRestore } = await import("./commands/restore.ts");
      setExitCode(await runRestore((await readOptions(command)).config));
    });
  addImportCommand(program, setExitCode);
  addSecretCommands(program, setExitCode);
  addNotifyCommands(program, setExitCode);
  addInitCommands(program, setExitCode);
  addCompletionCommands(program, setExitCode);
  addExamples(program, []);
  return program;
}

/** Below everything else in the help of each command. */
function addExamples(command: Command, words: readonly string[]): void {
  const text = describeExamples(words);
  if (text !== "") command.addHelpText("after", text);
  for (const below of command.commands) addExamples(below, [...words, below.name()]);
}

function listModes({ retry, acceptRewrite, acceptHost, allowPrune, now }: SyncFlags): readonly SyncMode[] {
  const isAsked: Readonly<Record<SyncMode, true | undefined>> = {
    retry,
    "accept-rewrite": acceptRewrite,
    "accept-host": acceptHost,
    "allow-prune": allowPrune,
    now,
  };
  return syncModes.filter((mode) => isAsked[mode] === true);
}

async function readOptions(
  command: Command,
): Promise<{ readonly config: AgentFile; readonly json: boolean }> {
  const { config, json } = await readFlags<ReadFlags>(command);
  return { config, json: json === true };
}

/** Runs the command that the arguments of this process name, and sets the exit code of the process. */
export async function runProgram(): Promise<void> {
  allowClosedPipe(process.stdout);
  allowClosedPipe(process.stderr);
  try {
    await createProgram((code) => {
      process.exitCode = code;
    }).parseAsync();
  } catch (error) {
    if (error instanceof CommanderError) process.exitCode = error.exitCode === 0 ? 0 : ExitCode.usage;
    else process.exitCode = reportError(error);
  }
}
