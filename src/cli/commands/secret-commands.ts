/**
 * Names, options and help of the commands for people who write secrets. The code of each is loaded when it is called.
 */
import { type Command, Option } from "commander";
import type { ExitCode } from "../../core/model/errors.ts";

type SetExitCode = (code: ExitCode) => void;

interface RepositoryOptions {
  readonly repository: string;
}

interface LayerOptions extends RepositoryOptions {
  readonly layer?: string;
}

interface IdentityOptions extends RepositoryOptions {
  readonly identity: readonly string[];
}

const help = `
SECRET is UNIT/NAME (web.service/db-password), UNIT/NAME.env for environment variables, or the path of an .age file.
These commands work in a checkout, on any machine: commit and push what they write.`;

/** Adds `secret` with its subcommands, and `keygen`. */
export function addSecretCommands(program: Command, setExitCode: SetExitCode): void {
  const secret = program
    .command("secret")
    .description(
      "write, edit, list and check the secrets of a repository on disk; needs no agent and no root",
    )
    .addHelpText("after", help);
  addWriters(secret, setExitCode);
  addReaders(secret, setExitCode);
  program
    .command("keygen")
    .description("make a private key for a person or a host; prints the public one")
    .option("-o, --output <file>", "where to write it (default: ~/.config/gitops-agent/identity.txt)")
    .option("--post-quantum", "a key that withstands quantum computers, too; needs age 1.3 where age is used")
    .action(async (options: { readonly output?: string; readonly postQuantum?: true }) => {
      const { runKeygen } = await import("./keygen.ts");
      setExitCode(
        await runKeygen({ output: options.output ?? null, postQuantum: options.postQuantum === true }),
      );
    });
}

function addWriters(secret: Command, setExitCode: SetExitCode): void {
  secret
    .command("set")
    .description("give a secret a value, from standard input or a hidden prompt")
    .argument("<secret>")
    .addOption(repositoryOption())
    .addOption(layerOption())
    .action(async (name: string, { repository, layer }: LayerOptions) => {
      const { runSecretSet } = await import("./secret-set.ts");
      setExitCode(await runSecretSet(name, { repository, layer: layer ?? null }));
    });
  secret
    .command("edit")
    .description("change a secret in $VISUAL or $EDITOR, on a file in memory")
    .argument("<secret>")
    .addOption(repositoryOption())
    .addOption(layerOption())
    .addOption(identityOption())
    .action(async (name: string, { repository, layer, identity }: LayerOptions & IdentityOptions) => {
      const { runSecretEdit } = await import("./secret-edit.ts");
      setExitCode(await runSecretEdit(name, { repository, layer: layer ?? null, identities: identity }));
    });
  secret
    .command("rekey")
    .description("encrypt the same values again, after hosts or admins of gitops.yaml changed")
    .argument("[secrets...]", "default: all of them")
    .addOption(repositoryOption())
    .addOption(identityOption())
    .action(async (names: readonly string[], { repository, identity }: IdentityOptions) => {
      const { runSecretRekey } = await import("./secret-rekey.ts");
      setExitCode(await runSecretRekey(names, { repository, identities: identity }));
    });
}

function addReaders(secret: Command, setExitCode: SetExitCode): void {
  secret
    .command("list")
    .description("every secret, the hosts that get it, and who can decrypt it")
    .addOption(repositoryOption())
    .option("--json", "print JSON")
    .action(async ({ repository, json }: RepositoryOptions & { readonly json?: true }) => {
      const { runSecretList } = await import("./secret-list.ts");
      setExitCode(await runSecretList({ repository, json: json === true }));
    });
  secret
    .command("check")
    .description("whether every host can decrypt what it gets, and every secret has a unit")
    .addOption(repositoryOption())
    .option("--json", "print JSON")
    .action(async ({ repository, json }: RepositoryOptions & { readonly json?: true }) => {
      const { runSecretCheck } = await import("./secret-check.ts");
      setExitCode(await runSecretCheck({ repository, json: json === true }));
    });
}

function repositoryOption(): Option {
  return new Option("-C, --repository <dir>", "a directory in the checkout").default(".");
}

function layerOption(): Option {
  return new Option(
    "--layer <layer>",
    "top, role:NAME or host:NAME (default: where the secret or its unit is)",
  );
}

function identityOption(): Option {
  return new Option(
    "--identity <file...>",
    "private keys to decrypt with (default: the usual places)",
  ).default([]);
}
