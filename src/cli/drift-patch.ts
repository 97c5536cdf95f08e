/**
 * Makes the patch that takes what is on this host into the repository. Reads the host and the clone, and changes neither.
 */
import { decideAdoption, decideGitMode } from "../core/drift/adoption.ts";
import type { Adoption, AdoptionNote } from "../core/drift/adoption-parts.ts";
import { selectDrift } from "../core/drift/selection.ts";
import type { DriftKind, DriftRecord } from "../core/model/drift.ts";
import { AgentError } from "../core/model/errors.ts";
import type { Inventory } from "../core/model/inventory.ts";
import type { Revision } from "../core/model/revision.ts";
import type { Snapshot } from "../core/model/snapshot.ts";
import { isUnitName } from "../core/units/unit-name.ts";
import type { Composition } from "./compose.ts";
import { type HostContent, readHostContent } from "./compose-files.ts";
import { isTextChange, type PatchFile } from "./render/git-patch.ts";

export interface AdoptionPatch {
  /** The revision that the patch was made against. */
  readonly revision: Revision;
  readonly files: readonly PatchFile[];
  readonly notes: readonly AdoptionNote[];
}

/**
 * @param names units, and absolute paths
 * @param drift what is known to differ; it has the paths that are not in the inventory
 * @throws AgentError `sync-failed` when nothing was applied yet; `state-unreadable`, `clone-damaged`
 */
export async function makeAdoptionPatch(
  { ports }: Composition,
  names: readonly string[],
  drift: readonly DriftRecord[],
): Promise<AdoptionPatch> {
  const inventory = await ports.state.loadInventory();
  const { revision } = inventory;
  if (revision === null) {
    throw new AgentError("sync-failed", "nothing was applied yet, so there is nothing to compare with", {
      hint: "run gitops-agent sync first",
    });
  }
  const paths = listPaths(names, drift, inventory, ports.layout.dropInParents);
  const observed = await ports.files.observe([...paths.keys()]);
  const hostPaths = [...paths].map(([path, unit]) => ({
    path,
    unit,
    found: observed.get(path) ?? ({ kind: "absent" } as const),
  }));
  const adoption = decideAdoption(hostPaths, inventory, ports.layout);
  const wanted = new Set(adoption.taken.map(({ repositoryPath }) => repositoryPath));
  const { files } = await ports.source.readSnapshot(
    revision,
    (path) => wanted.has(path),
    new AbortController().signal,
  );
  const isApplied = (path: string, bytes: Uint8Array) =>
    inventory.files[path]?.content === ports.digestBytes(bytes);
  const made = await Promise.all(adoption.taken.map((taken) => makeFile(taken, files, inventory, isApplied)));
  return {
    revision,
    files: made.flatMap(({ file }) => file ?? []),
    notes: [
      ...adoption.notes,
      ...made.flatMap(({ notes }) => notes),
      ...listIntentNotes(selectDrift(drift, names)),
    ],
  };
}

/** Paths to look at → unit: those of the inventory and of known differences, and drop-ins that were named themselves. */
function listPaths(
  names: readonly string[],
  drift: readonly DriftRecord[],
  { files }: Inventory,
  dropInParents: readonly string[],
): ReadonlyMap<string, string | null> {
  const known = Object.entries(files).map(([path, { unit }]) => ({ path, unit }));
  const paths = new Map<string, string | null>();
  for (const { path, unit } of selectDrift([...known, ...drift], names)) {
    if (path !== null && !isCredential(path, drift)) paths.set(path, unit);
  }
  for (const name of names) {
    const unit = findUnitOfDropIn(name, dropInParents);
    if (unit !== null && !paths.has(name)) paths.set(name, unit);
  }
  return paths;
}

function isCredential(path: string, drift: readonly DriftRecord[]): boolean {
  return drift.some((record) => record.path === path && record.kind.startsWith("credential-"));
}

/** A drop-in that is ignored, or that nobody has noticed yet, is in no list. */
function findUnitOfDropIn(path: string, dropInParents: readonly string[]): string | null {
  for (const parent of dropInParents) {
    if (!path.startsWith(`${parent}/`)) continue;
    const [, unit = ""] = /^([^/]+)\.d\/[^/]+\.conf$/.exec(path.slice(parent.length + 1)) ?? [];
    return isUnitName(unit) ? unit : null;
  }
  return null;
}

interface Made {
  readonly file: PatchFile | null;
  readonly notes: readonly AdoptionNote[];
}

async function makeFile(
  taken: Adoption["taken"][number],
  snapshot: Snapshot["files"],
  { files }: Inventory,
  isApplied: (path: string, bytes: Uint8Array) => boolean,
): Promise<Made> {
  const { path, repositoryPath, after } = taken;
  const before = snapshot.get(repositoryPath) ?? null;
  const applied = files[path];
  const refuse = (text: string): Made => ({ file: null, notes: [{ text, isRefusal: true }] });
  if (applied?.kind === "file" && (before === null || !isApplied(path, before.bytes))) {
    return refuse(`${path} comes from another revision than the applied one: run gitops-agent sync first`);
  }
  if (after === null) return checkText({ path: repositoryPath, before, after: null }, path, []);
  const content: HostContent = await readHostContent(path);
  if (content.kind !== after) {
    return refuse(`${path} cannot be read, is larger than 1 MiB, or was changed just now`);
  }
  const { mode, notes } = decideGitMode(taken, before?.mode ?? null);
  return checkText({ path: repositoryPath, before, after: { mode, bytes: content.bytes } }, path, notes);
}

function checkText(file: PatchFile, path: string, notes: readonly AdoptionNote[]): Made {
  if (isTextChange(file)) return { file, notes };
  const text = `${path} is not text, and is not in the patch: copy it to ${file.path} in a checkout`;
  return { file: null, notes: [...notes, { text, isRefusal: true }] };
}

/** What a patch of files cannot say, and a line in gitops.yaml can. */
const intents: Readonly<Partial<Record<DriftKind, string>>> = {
  stopped: "to keep it so, say state: stopped for it in gitops.yaml",
  running: "to keep it so, say state: running for it in gitops.yaml",
  "credential-missing": "secrets are not adopted",
  "credential-modified": "secrets are not adopted: to change one, use gitops-agent secret set in a checkout",
};

function listIntentNotes(drift: readonly DriftRecord[]): readonly AdoptionNote[] {
  return drift.flatMap(({ kind, message }) => {
    const intent = intents[kind];
    return intent === undefined ? [] : [{ text: `${message}; ${intent}`, isRefusal: true }];
  });
}
