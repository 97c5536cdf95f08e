/** Name, options and help of `import`. Its code is loaded when it is called. */
import type { Command } from "commander";
import type { ExitCode } from "../../core/model/errors.ts";
import { readFlags } from "../agent-file.ts";

interface ImportFlags {
  readonly allLocal?: true;
  readonly to: string;
  readonly host?: string;
  readonly files?: true;
  readonly keepSecrets?: true;
  readonly dryRun?: true;
  readonly json?: true;
}

const help = `
Takes units byte for byte, with their drop-ins, masks, links and quadlets, and writes rules to gitops.yaml where [Install] and the
host disagree. What belongs to a package is left out, and so is a file with a secret in plain text. Nothing on this host is
changed: commit what was written, and "gitops-agent plan" shows that a sync adopts it and interrupts nothing.

Examples:
  gitops-agent import --all-local --to ~/hosts --dry-run     what would be written, and what would be left out
  gitops-agent import web.service 'worker@.service' --files  two units of this host, with the files that they name`;

/** Adds `import`. */
export function addImportCommand(program: Command, setExitCode: (code: ExitCode) => void): void {
  program
    .command("import")
    .description("write the units that people made on this host into a checkout, to let git have them")
    .argument("[units...]", "only these units; a template stands for its instances, too")
    .option("--all-local", "every unit that no package owns")
    .option("--to <dir>", "top of the checkout", ".")
    .option("--host <name>", "the host whose directory gets them (default: this host)")
    .option("--files", "the files that the units name as well: environment files, scripts")
    .option("--keep-secrets", "take files with secrets in plain text as well")
    .option("--dry-run", "write nothing")
    .option("--json", "print JSON")
    .addHelpText("after", help)
    .action(async (units: readonly string[], _options, command: Command) => {
      const flags = await readFlags<ImportFlags>(command);
      const { runImport } = await import("./import.ts");
      setExitCode(
        await runImport({
          units,
          all: flags.allLocal === true,
          directory: flags.to,
          config: flags.config,
          host: flags.host ?? null,
          withFiles: flags.files === true,
          keepSecrets: flags.keepSecrets === true,
          dryRun: flags.dryRun === true,
          json: flags.json === true,
        }),
      );
    });
}
