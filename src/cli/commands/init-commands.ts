/** Names, options and help of `init` and `uninstall`. The code of each is loaded when it is called. */
import { type Command, InvalidArgumentError, Option } from "commander";
import type { ExitCode } from "../../core/model/errors.ts";
import { parseDurationMs } from "../../lib/duration.ts";

interface InitFlags {
  readonly config: string;
  readonly repo?: string;
  readonly branch?: string;
  readonly host?: string;
  readonly identity?: string;
  readonly tokenFile?: string;
  readonly acceptHostKey?: string;
  readonly wait?: number | true;
  readonly now?: true;
  readonly dryRun?: true;
  readonly repository?: string;
}

interface UninstallFlags {
  readonly config: string;
  readonly purge?: true;
  readonly yes?: true;
  readonly dryRun?: true;
}

const defaultWaitMs = 600_000;

const help = `
What is there already is left alone: after a key was registered or a question answered, give the same command again, or
gitops-agent init alone.`;

/** Adds `init` and `uninstall`. */
export function addInitCommands(program: Command, setExitCode: (code: ExitCode) => void): void {
  const forHost = ["repo", "branch", "host", "identity", "tokenFile", "acceptHostKey", "wait", "now"];
  program
    .command("init")
    .description("set this host up to follow a repository, or start a repository")
    .option("--repo <url>", "what this host follows: an ssh or https URL, or a path")
    .option("--branch <name>", "the branch to follow (default: main)")
    .option("--host <name>", "the name of this host in the repository (default: the host name)")
    .option("--identity <file>", "the private key for secrets; made where it is missing")
    .option("--token-file <file>", "a file with the access token of an https repository")
    .option(
      "--accept-host-key <fingerprint>",
      "the git server's host key, as its operator publishes it: SHA256:…",
    )
    .option("--wait [duration]", "wait until the repository can be read (10min)", parseWait)
    .option("--now", "apply the first plan without a question")
    .option("--dry-run", "say what would be written; change nothing")
    .addOption(new Option("--repository <dir>", "start a repository in this directory").conflicts(forHost))
    .addHelpText("after", help)
    .action(async (_options, command: Command) => {
      const flags = command.optsWithGlobals<InitFlags>();
      if (flags.repository !== undefined) {
        const { runInitRepository } = await import("./init-repository.ts");
        setExitCode(await runInitRepository(flags.repository, flags.dryRun === true));
      } else {
        const { runInit } = await import("./init.ts");
        setExitCode(await runInit(readInit(flags)));
      }
    });
  program
    .command("uninstall")
    .description("stop the agent and take it from this host; what it manages runs on")
    .option("--purge", "also delete state, decrypted secrets and keys")
    .option("--yes", "purge without a question")
    .option("--dry-run", "say what would be done; change nothing")
    .action(async (_options, command: Command) => {
      const { config, purge, yes, dryRun } = command.optsWithGlobals<UninstallFlags>();
      const { runUninstall } = await import("./uninstall.ts");
      setExitCode(
        await runUninstall({
          configPath: config,
          isPurge: purge === true,
          isSure: yes === true,
          isDry: dryRun === true,
        }),
      );
    });
}

function readInit(flags: InitFlags) {
  return {
    configPath: flags.config,
    url: flags.repo ?? null,
    branch: flags.branch ?? null,
    host: flags.host ?? null,
    identity: flags.identity ?? null,
    tokenFile: flags.tokenFile ?? null,
    acceptHostKey: flags.acceptHostKey ?? null,
    waitMs: flags.wait === true ? defaultWaitMs : (flags.wait ?? 0),
    isNow: flags.now === true,
    isDry: flags.dryRun === true,
  };
}

function parseWait(text: string): number {
  const ms = parseDurationMs(text);
  if (ms !== null) return ms;
  throw new InvalidArgumentError("a time span such as 90s or 10min is needed");
}
