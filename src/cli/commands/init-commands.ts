/** Names, options and help of `init` and `uninstall`. The code of each is loaded when it is called. */
import { resolve } from "node:path";
import { type Command, Option } from "commander";
import type { ExitCode } from "../../core/model/errors.ts";
import { type AgentFile, readFlags } from "../agent-file.ts";

interface InitFlags {
  readonly repo?: string;
  readonly branch?: string;
  readonly host?: string;
  readonly identity?: string;
  readonly tokenFile?: string;
  readonly acceptHostKey?: string;
  readonly wait?: string | true;
  readonly now?: true;
  readonly dryRun?: true;
  readonly repository?: string;
}

interface UninstallFlags {
  readonly purge?: true;
  readonly yes?: true;
  readonly dryRun?: true;
}

/** With --wait alone. */
const usualWait = "10min";

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
    .option("--identity <file>", "the private key for secrets (default: a new one beside agent.yaml)")
    .option("--token-file <file>", "a file with the access token of an https repository")
    .option(
      "--accept-host-key <fingerprint>",
      "the git server's host key, as its operator publishes it: SHA256:…",
    )
    .option("--wait [duration]", "wait until the repository can be read (10min)")
    .option("--now", "apply the first plan without a question")
    .option("--dry-run", "say what would be written; change nothing")
    .addOption(new Option("--repository <dir>", "start a repository in this directory").conflicts(forHost))
    .addHelpText("after", help)
    .action(async (_options, command: Command) => {
      const flags = await readFlags<InitFlags>(command);
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
      const { config, purge, yes, dryRun } = await readFlags<UninstallFlags>(command);
      const { runUninstall } = await import("./uninstall.ts");
      setExitCode(
        await runUninstall({
          file: config,
          isPurge: purge === true,
          isSure: yes === true,
          isDry: dryRun === true,
        }),
      );
    });
}

function readInit(flags: InitFlags & { readonly config: AgentFile }) {
  return {
    file: flags.config,
    url: flags.repo ?? null,
    branch: flags.branch ?? null,
    host: flags.host ?? null,
    identity: flags.identity === undefined ? null : resolve(flags.identity),
    tokenFile: flags.tokenFile === undefined ? null : resolve(flags.tokenFile),
    acceptHostKey: flags.acceptHostKey ?? null,
    wait: flags.wait === true ? usualWait : (flags.wait ?? null),
    isNow: flags.now === true,
    isDry: flags.dryRun === true,
  };
}
