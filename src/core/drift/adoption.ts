/**
 * Decides which files of the host git can take over as they are, and at which path of the repository. Pure; knows no
 * content but the targets of links.
 */
import type { HostLayout } from "../model/host-layout.ts";
import type { AppliedFile, Inventory } from "../model/inventory.ts";
import type { ObservedFile } from "../model/observed.ts";
import type { SnapshotFile } from "../model/snapshot.ts";
import { decideForeign, rankOf } from "./adopt-foreign.ts";
import {
  type Adoption,
  type AdoptionNote,
  explainUnusable,
  type HostPath,
  nothing,
  refusal,
  refuse,
  type Taken,
} from "./adoption-parts.ts";
import { isAppliedContent, isSameAccess } from "./applied-file.ts";
import { isPullingDirectory } from "./places.ts";

type GitMode = SnapshotFile["mode"];

/** Decides for all paths together: of two drop-ins with one name, systemd reads only one. */
export function decideAdoption(
  paths: readonly HostPath[],
  applied: Pick<Inventory, "files">,
  layout: HostLayout,
): Adoption {
  const decided = paths.map((path) => decidePath(path, applied, layout));
  const notes = decided.flatMap((one) => one.notes);
  const winners = new Map<string, Taken>();
  const ranked = decided
    .flatMap((one) => one.taken)
    .sort((left, right) => rankOf(left.path, layout) - rankOf(right.path, layout));
  for (const taken of ranked) {
    const winner = winners.get(taken.repositoryPath);
    if (winner === undefined) winners.set(taken.repositoryPath, taken);
    else notes.push(refusal(`${taken.path} is not in the patch: systemd reads ${winner.path} instead`));
  }
  return { taken: [...winners.values()], notes };
}

function decidePath(host: HostPath, applied: Pick<Inventory, "files">, layout: HostLayout): Adoption {
  const file = applied.files[host.path];
  if (file !== undefined) return decideApplied(host, file, layout);
  return host.found.kind === "absent" ? nothing : decideForeign(host, applied, layout);
}

/** A path that the agent wrote. */
function decideApplied({ path, found }: HostPath, file: AppliedFile, layout: HostLayout): Adoption {
  const isContentSame = isAppliedContent(file, found);
  if (isContentSame && (found.kind !== "file" || isSameAccess(file, found, layout))) return nothing;
  if (file.role === "credentials") {
    return refuse(
      `${path} is made from secrets, and is no file of the repository: change the secrets, or undo the edit`,
    );
  }
  if (file.role === "enablement" && !isPullingDirectory(file.origin.split("/").at(-2) ?? "")) {
    return refuse(
      `${path} is made from [Install] of ${file.unit}: to keep it disabled, say enabled: false for it in gitops.yaml`,
    );
  }
  const unusable = explainUnusable(path, found, file.role !== "file");
  if (unusable !== null) return refuse(unusable);
  const after = found.kind === "absent" ? null : found.kind === "link" ? "link" : "file";
  const modes = found.kind === "file" ? { applied: file.mode, found: found.mode } : null;
  return {
    taken: [{ path, repositoryPath: file.origin, after, modes: file.role === "file" ? modes : null }],
    notes: found.kind === "file" ? listAccessNotes(path, file, found, layout) : [],
  };
}

/** The permissions that a patch cannot change. The mode of a managed file is decided where the mode in git is known. */
function listAccessNotes(
  path: string,
  file: AppliedFile,
  found: Extract<ObservedFile, { readonly kind: "file" }>,
  layout: HostLayout,
): readonly AdoptionNote[] {
  const owner = file.owner ?? layout.owner;
  const group = file.group ?? layout.group;
  const isUnit = file.role !== "file";
  const notes: AdoptionNote[] = [];
  if (isUnit && found.mode !== file.mode) {
    notes.push(refusal(`${path} has mode ${formatMode(found.mode)}, and every unit file has 0644`));
  }
  if (found.owner !== owner || found.group !== group) {
    const who = `${found.owner}:${found.group}`;
    const how = isUnit
      ? `every unit file belongs to ${owner}:${group}`
      : "owner: and group: are in gitops.yaml";
    notes.push(refusal(`${path} belongs to ${who}, which is not in the patch: ${how}`));
  }
  return notes;
}

/**
 * The mode in git of what is taken. A mode that gitops.yaml decides, or that git does not have, stays as it is there.
 * @param before the file in git; null when it has none
 */
export function decideGitMode(
  { path, after, modes }: Taken,
  before: GitMode | null,
): { readonly mode: GitMode; readonly notes: readonly AdoptionNote[] } {
  if (after === "link") return { mode: "symlink", notes: [] };
  const mode = before === "executable" ? "executable" : "file";
  if (modes === null || modes.applied === modes.found) return { mode, notes: [] };
  const other = mode === "file" ? "executable" : "file";
  if (modes.applied === permissionsOf(mode) && modes.found === permissionsOf(other)) {
    return { mode: other, notes: [] };
  }
  const text = `${path} has mode ${formatMode(modes.found)}, which is not in the patch: mode: is in gitops.yaml`;
  return { mode, notes: [refusal(text)] };
}

function permissionsOf(mode: "file" | "executable"): number {
  return mode === "file" ? 0o644 : 0o755;
}

function formatMode(mode: number): string {
  return mode.toString(8).padStart(4, "0");
}
