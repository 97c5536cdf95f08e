/** `gitops-agent import`: writes the units that people made on this host into a checkout. Changes nothing on the host. */
import { AgentError, ExitCode } from "../../core/model/errors.ts";
import { isQuadletName, isUnitName, parseInstance, serviceOfQuadlet } from "../../core/units/unit-name.ts";
import type { AgentFile } from "../agent-file.ts";
import { type PreparedImport, prepareImport, writeImport } from "../compose-import.ts";
import { readScreen, writeJson, writeText } from "../output.ts";
import { renderImport } from "../render/import.ts";

export interface ImportOptions {
  readonly units: readonly string[];
  /** Every unit that no package owns, instead of those in `units`. */
  readonly all: boolean;
  readonly directory: string;
  readonly config: AgentFile;
  readonly host: string | null;
  readonly withFiles: boolean;
  readonly keepSecrets: boolean;
  readonly dryRun: boolean;
  readonly json: boolean;
}

export async function runImport(options: ImportOptions): Promise<ExitCode> {
  const { directory, config, host, withFiles, keepSecrets, dryRun, json } = options;
  const selected = chooseUnits(options);
  const prepared = await prepareImport({ directory, config, host, selected, withFiles, keepSecrets });
  refuseUnknown(options.units, prepared);
  if (!dryRun) await writeImport(directory, prepared);
  if (json) writeJson(describe(prepared, dryRun));
  else writeText(renderImport(prepared, { ...readScreen(), directory, dryRun, all: options.all }));
  return ExitCode.inSync;
}

/** @throws AgentError `usage` */
function chooseUnits({ units, all }: ImportOptions): ReadonlySet<string> | null {
  if (all !== units.length > 0) {
    const unusable = units.find((name) => !isUnitName(name));
    if (unusable === undefined) return all ? null : new Set(units);
    throw new AgentError("usage", `${unusable} is no name of a unit`, {
      subject: unusable,
      hint: "name it with its ending: web.service, worker@.service",
    });
  }
  throw new AgentError("usage", all ? "--all-local and names exclude each other" : "nothing to import", {
    hint: "name units, or take all that people made on this host with --all-local",
  });
}

/** Fails for a name of which nothing was found: a word in the report would be overlooked. */
function refuseUnknown(names: readonly string[], { imported }: PreparedImport): void {
  const found = [
    ...imported.entries.map(({ source }) => source),
    ...imported.leftOut.map(({ path }) => path),
  ];
  const known = new Set(found.flatMap((path) => path.split("/")).flatMap(listUnitsOf));
  const unknown = names.filter((name) => !known.has(name));
  if (unknown.length === 0) return;
  throw new AgentError("usage", `no person made anything for ${unknown.join(", ")} on this host`, {
    subject: unknown[0] ?? "",
    hint: "systemctl cat UNIT shows where its files are; units of packages are extended by drop-ins and enabled in gitops.yaml",
  });
}

/** The units that a file or directory of this name is for. */
function listUnitsOf(part: string): readonly string[] {
  const name = part.replace(/\.d$/, "");
  const template = parseInstance(name)?.template;
  const service = isQuadletName(name) ? [serviceOfQuadlet(name)] : [];
  return [name, ...service, ...(template === undefined ? [] : [template])];
}

function describe(
  { host, imported, written, addedRules, keptRules }: PreparedImport,
  dryRun: boolean,
): object {
  return {
    version: 1,
    host,
    dryRun,
    written: written.map(({ path, mode, source }) => ({ path, mode, source })),
    rules: { added: addedRules, kept: keptRules },
    leftOut: imported.leftOut,
    secrets: imported.secrets,
  };
}
