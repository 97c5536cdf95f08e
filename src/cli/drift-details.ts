/** Gathers what `drift UNIT` shows besides the records: the diffs of files, and what systemd has loaded. Changes nothing. */
import { noSecretLines } from "../core/desired/container-secrets.ts";
import {
  buildCredentialDropIn,
  credentialSectionOf,
  groupByUnit,
  selectCredentials,
} from "../core/desired/credential-drop-in.ts";
import type { FileDifference } from "../core/drift/file-diff.ts";
import {
  compareLoaded,
  listSettings,
  listStrangeDropIns,
  listUnloadedFiles,
} from "../core/drift/loaded-difference.ts";
import type { HostFile } from "../core/model/desired.ts";
import type { DriftKind, DriftRecord } from "../core/model/drift.ts";
import type { LoadedDifference } from "../core/model/drift-details.ts";
import type { AppliedFile, Inventory } from "../core/model/inventory.ts";
import type { SnapshotFile } from "../core/model/snapshot.ts";
import { isTemplateName } from "../core/units/unit-name.ts";
import type { Composition } from "./compose.ts";
import { readHostText } from "./compose-files.ts";
import { describeFileDiff, type FileDiff } from "./render/diff.ts";
import type { DriftDetails } from "./render/drift-details.ts";

/** Files of the repository as they were applied, by their path there. */
export type AppliedSources = ReadonlyMap<string, SnapshotFile>;

const shownAsDiff: ReadonlySet<DriftKind> = new Set<DriftKind>([
  "modified",
  "missing",
  "replaced",
  "foreign-drop-in",
  "shadowed",
  "disabled",
  "enabled",
  "masked",
  "unmasked",
]);
/** With one of these, systemd may have loaded other values than git has. */
const shownAsLoaded: ReadonlySet<DriftKind> = new Set<DriftKind>([
  "modified",
  "missing",
  "foreign-drop-in",
  "needs-reload",
  "shadowed",
  "other-settings",
]);

/** More than a person reads; each is a question to systemd. */
const maxSettings = 200;

/** @throws AgentError `state-unreadable`, `clone-damaged`, `systemd-unreachable` */
export async function readDriftDetails(
  composition: Composition,
  records: readonly DriftRecord[],
): Promise<DriftDetails> {
  const { ports } = composition;
  const inventory = await ports.state.loadInventory();
  const sources = await readAppliedSources(
    composition,
    inventory,
    records.flatMap(({ path }) => path ?? []),
  );
  const differences: FileDiff[] = [];
  for (const record of records) {
    const { path } = record;
    if (path === null || !shownAsDiff.has(record.kind)) continue;
    const applied = inventory.files[path];
    const git = applied === undefined ? null : restoreFile(path, applied, inventory, sources, composition);
    const hostText = await readHostText(path);
    // Without what was applied, a diff would show the whole file as new.
    if (applied !== undefined && git === null) {
      differences.push({ path, unit: record.unit, kind: "changed", patch: null });
    } else
      differences.push(describeFileDiff({ ...record, path, kind: kindOf(record), desired: git }, hostText));
  }
  return { differences, loaded: await readLoaded(composition, inventory, records) };
}

function kindOf({ kind }: DriftRecord): FileDifference["kind"] {
  return kind === "missing" || kind === "foreign-drop-in" ? kind : "changed";
}

/** The files of the applied revision that the paths of the host come from; none before the first sync. */
export async function readAppliedSources(
  { ports }: Composition,
  { files, revision }: Inventory,
  paths: readonly string[],
): Promise<AppliedSources> {
  const wanted = new Set(paths.flatMap((path) => files[path]?.origin ?? []));
  if (revision === null || wanted.size === 0) return new Map();
  const snapshot = await ports.source.readSnapshot(
    revision,
    (path) => wanted.has(path),
    new AbortController().signal,
  );
  return snapshot.files;
}

/** What the agent wrote at a path, made again from the applied revision; null when it is not that any more. */
function restoreFile(
  path: string,
  applied: AppliedFile,
  inventory: Inventory,
  sources: AppliedSources,
  { ports }: Composition,
): HostFile | null {
  const { role, unit, origin, mode } = applied;
  const base = { path, role, unit, origin };
  if (applied.kind === "link") return { ...base, kind: "link", linkTarget: applied.content };
  const bytes =
    role === "credentials"
      ? makeCredentialDropIn(unit, inventory, ports.layout.credentialsPath)
      : (sources.get(origin)?.bytes ?? null);
  if (bytes === null || ports.digestBytes(bytes) !== applied.content) return null;
  return { ...base, kind: "file", bytes, digest: applied.content, mode };
}

/**
 * It has names and paths of secrets, and no secret. What a quadlet's Secret= adds is not in the inventory: such a drop-in is
 * not the same, and is shown without its lines.
 */
function makeCredentialDropIn(
  unit: string | null,
  { credentials }: Inventory,
  credentialsPath: string,
): Uint8Array | null {
  const section = unit === null ? null : credentialSectionOf(unit);
  if (unit === null || section === null) return null;
  const text = buildCredentialDropIn({
    unit,
    section,
    credentials: selectCredentials(unit, groupByUnit(credentials)),
    currentPath: credentialsPath,
    secrets: noSecretLines,
  });
  return new TextEncoder().encode(text);
}

async function readLoaded(
  { ports, readSettings }: Composition,
  inventory: Inventory,
  records: readonly DriftRecord[],
): Promise<readonly LoadedDifference[]> {
  const units = records.flatMap(({ unit, kind }) => (shownAsLoaded.has(kind) ? (unit ?? []) : []));
  const asked = [...new Set(units)].filter((unit) => !isTemplateName(unit));
  const differences: LoadedDifference[] = [];
  for (const [unit, loaded] of await ports.manager.readLoaded(asked)) {
    const settings = new Set<string>();
    const paths = [
      ...listStrangeDropIns(loaded, inventory),
      ...listUnloadedFiles(unit, loaded, inventory),
      ...pathsOf(records, unit),
    ];
    for (const path of new Set(paths)) {
      const text = await readHostText(path);
      for (const setting of listSettings(new TextEncoder().encode(text ?? ""))) settings.add(setting);
    }
    const values = await readSettings(unit, [...settings].slice(0, maxSettings));
    differences.push(compareLoaded(unit, loaded, values, inventory));
  }
  return differences;
}

function pathsOf(records: readonly DriftRecord[], unit: string): readonly string[] {
  return records.flatMap((record) =>
    record.unit === unit && shownAsLoaded.has(record.kind) ? (record.path ?? []) : [],
  );
}
