/** Joins what `import` needs: the units of this host, what the agent manages here already, and a checkout to write into. */
import { access } from "node:fs/promises";
import { hostname } from "node:os";
import { addRules } from "../config/edit-rules.ts";
import { repositoryConfigPath, selectConfigText } from "../core/desired/config-text.ts";
import { hostPrefix, selectLayers } from "../core/desired/layers.ts";
import { isPattern } from "../core/desired/layout-paths.ts";
import { importFiles, listNamedPaths } from "../core/import/import-files.ts";
import { importUnits } from "../core/import/import-units.ts";
import type { AddedRule, Imported, LeftOut, RepositoryEntry } from "../core/import/imported.ts";
import type { ImportRules } from "../core/import/take.ts";
import { AgentError } from "../core/model/errors.ts";
import type { HostLayout } from "../core/model/host-layout.ts";
import { makeLayout, nameHost } from "../core/model/manager-scope.ts";
import { createProtection } from "../core/plan/protection.ts";
import { readEntries, readEntriesBelow } from "../host/read-entries.ts";
import { writeRepositoryFile } from "../secrets/authoring/repository-file.ts";
import type { AgentFile } from "./agent-file.ts";
import { compose, loadAgentConfig } from "./compose.ts";
import { type RepositoryOnDisk, readRepositoryOnDisk } from "./compose-files.ts";

export interface ImportRequest {
  /** Top of the checkout. */
  readonly directory: string;
  readonly config: AgentFile;
  /** Null: as agent.yaml says, or the host name. */
  readonly host: string | null;
  /** Null: every unit that a person made. */
  readonly selected: ReadonlySet<string> | null;
  /** Take the files that the units name as well. */
  readonly withFiles: boolean;
  readonly keepSecrets: boolean;
}

/** What an import does to the checkout. */
export interface PreparedImport {
  readonly host: string;
  readonly imported: Imported;
  /** Paths in the checkout, of what is not there yet. */
  readonly written: readonly RepositoryEntry[];
  readonly addedRules: readonly AddedRule[];
  /** Rules of gitops.yaml that say something else than the host. */
  readonly keptRules: readonly AddedRule[];
  readonly configText: string;
}

/**
 * Reads the host and the checkout, and decides what to write. Writes nothing.
 * @throws AgentError `usage` for a path of the checkout that has another content, `repository-invalid`, `config-invalid`
 */
export async function prepareImport(request: ImportRequest): Promise<PreparedImport> {
  const onDisk = await readRepositoryOnDisk(request.directory);
  if (onDisk.config === null) {
    throw new AgentError(
      "repository-invalid",
      `${repositoryConfigPath} of ${request.directory} is not valid`,
      {
        subject: request.directory,
        diagnostics: onDisk.diagnostics,
      },
    );
  }
  const { host, rules } = await readHostRules(request);
  const imported = await readImported(request, rules);
  const written = placeEntries(onDisk, onDisk.config, host, imported.entries);
  const before = selectConfigText(onDisk.snapshot.files).text;
  const edited = addRules(before, listRules(imported));
  return {
    host,
    imported,
    written,
    addedRules: edited.added,
    keptRules: edited.kept,
    configText: edited.text,
  };
}

/** @throws AgentError `host-write-failed` */
export async function writeImport(directory: string, prepared: PreparedImport): Promise<void> {
  for (const entry of prepared.written) await writeRepositoryFile(directory, entry.path, entry);
  if (prepared.addedRules.length === 0) return;
  const bytes = new TextEncoder().encode(prepared.configText);
  await writeRepositoryFile(directory, repositoryConfigPath, { mode: "file", bytes });
}

/** A host without agent.yaml has no agent yet: the defaults hold, and nothing comes from git. */
async function readHostRules({
  config: file,
  host,
  selected,
  keepSecrets,
}: ImportRequest): Promise<{ readonly host: string; readonly rules: ImportRules }> {
  const common = { selected, keepSecrets };
  const hasConfig = await access(file.path).then(
    () => true,
    () => false,
  );
  if (!hasConfig) {
    const layout = makeLayout(file.scope, file.scope.paths);
    const isProtected = createProtection([], []);
    return {
      host: host ?? nameHost(file.scope, hostname()),
      rules: { ...common, layout, isProtected, isManaged: () => false },
    };
  }
  const config = await loadAgentConfig(file);
  const { ports, close } = compose(config, []);
  try {
    const { files } = await ports.state.loadInventory();
    const isProtected = createProtection(config.protect, config.allowProtected);
    const isManaged = (path: string) => Object.hasOwn(files, path);
    return { host: host ?? config.host, rules: { ...common, layout: ports.layout, isProtected, isManaged } };
  } finally {
    close();
  }
}

async function readImported(request: ImportRequest, rules: ImportRules): Promise<Imported> {
  const { unitDirectory, quadletDirectory } = rules.layout;
  const found = [await readEntriesBelow(unitDirectory), await readEntriesBelow(quadletDirectory)];
  const units = importUnits(
    found.flatMap(({ entries }) => entries),
    rules,
  );
  const unreadable = found.flatMap((part) => part.unreadable);
  if (!request.withFiles) return { ...units, leftOut: [...units.leftOut, ...unreadable] };
  const isElsewhere = (path: string) => !isUnitPlace(path, rules.layout);
  const named = await readEntries(listNamedPaths(units.entries).filter(isElsewhere));
  const files = importFiles(named.entries, rules);
  return {
    entries: [...units.entries, ...files.entries],
    unitRules: units.unitRules,
    fileRules: files.fileRules,
    leftOut: [...units.leftOut, ...files.leftOut, ...unreadable, ...named.unreadable],
    secrets: [...units.secrets, ...files.secrets],
  };
}

function isUnitPlace(path: string, { unitDirectory, quadletDirectory }: HostLayout): boolean {
  return [unitDirectory, quadletDirectory].some((directory) => path.startsWith(`${directory}/`));
}

/**
 * The entries that the host does not get from the checkout yet, with their paths in it.
 * @throws AgentError `usage` where the checkout has another content
 */
function placeEntries(
  { snapshot }: RepositoryOnDisk,
  config: NonNullable<RepositoryOnDisk["config"]>,
  host: string,
  entries: readonly RepositoryEntry[],
): readonly RepositoryEntry[] {
  const layers = selectLayers(snapshot.files, config, host);
  const places = {
    units: choosePlainDirectory("units", config.layout.units),
    files: choosePlainDirectory("files", config.layout.files),
  };
  const obstacles: LeftOut[] = [];
  const placed = entries.flatMap((entry) => {
    const section = entry.path.startsWith("units/") ? "units" : "files";
    const relative = entry.path.slice(section.length + 1);
    const present = section === "units" ? layers.units.get(relative) : layers.files.get(`/${relative}`);
    const path = `${hostPrefix(config, host)}${places[section]}/${relative}`;
    if (present !== undefined && present.mode === entry.mode && hasBytes(present.bytes, entry.bytes))
      return [];
    if (snapshot.files.has(path)) obstacles.push({ path, reason: `it differs from ${entry.source}` });
    return [{ ...entry, path }];
  });
  if (obstacles.length > 0) throw refuseObstacles(obstacles);
  return placed;
}

/** @throws AgentError `usage` */
function choosePlainDirectory(section: "units" | "files", directories: readonly string[]): string {
  const plain = directories.find((directory) => !isPattern(directory));
  if (plain !== undefined) return plain;
  throw new AgentError("usage", `layout.${section} of ${repositoryConfigPath} has patterns only`, {
    subject: repositoryConfigPath,
    hint: `add a plain directory to layout.${section}, for instance "${section}", for what is imported`,
  });
}

function refuseObstacles(obstacles: readonly LeftOut[]): AgentError {
  const [first] = obstacles;
  return new AgentError("usage", `${first?.path}: ${first?.reason}; nothing was written`, {
    subject: first?.path ?? "",
    hint: "move the file away, or make it as on the host; then import again",
    diagnostics: obstacles.slice(1).map(({ path, reason }) => ({
      severity: "error",
      code: "usage",
      file: path,
      message: reason,
    })),
  });
}

function hasBytes(left: Uint8Array, right: Uint8Array): boolean {
  return Buffer.compare(left, right) === 0;
}

function listRules({ unitRules, fileRules }: Imported): readonly AddedRule[] {
  const rules = (section: AddedRule["keys"][0], found: ReadonlyMap<string, object>) =>
    [...found].flatMap(([name, rule]) =>
      Object.entries(rule).map(([key, value]): AddedRule => ({ keys: [section, name, key], value })),
    );
  return [...rules("units", unitRules), ...rules("files", fileRules)];
}
