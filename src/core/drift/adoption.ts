/**
 * Decides which files of the host git can take over as they are, and at which path of the repository. Pure; knows no
 * content but the targets of links.
 */
import type { HostLayout } from "../model/host-layout.ts";
import type { AppliedFile, Inventory } from "../model/inventory.ts";
import type { ObservedFile } from "../model/observed.ts";
import type { SnapshotFile } from "../model/snapshot.ts";
import { isDropInDirectory, isUnitName, parseInstance, serviceOfQuadlet } from "../units/unit-name.ts";
import { isAppliedContent, isSameAccess } from "./applied-file.ts";

type GitMode = SnapshotFile["mode"];

/** A path of the host that differs from the inventory, or may do so. */
export interface HostPath {
  readonly path: string;
  readonly unit: string | null;
  readonly found: ObservedFile;
}

/** A file of the repository that gets what is at a path of the host. */
export interface Taken {
  /** Path on the host. */
  readonly path: string;
  readonly repositoryPath: string;
  /** What becomes of it; null: it is deleted. */
  readonly after: "file" | "link" | null;
  /** The mode that the inventory has and the one that the host has; null for what git has no mode of. */
  readonly modes: { readonly applied: number; readonly found: number } | null;
}

/** What people are told besides the patch. */
export interface AdoptionNote {
  readonly text: string;
  /** True when the difference is not in the patch. */
  readonly isRefusal: boolean;
}

export interface Adoption {
  readonly taken: readonly Taken[];
  readonly notes: readonly AdoptionNote[];
}

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

const nothing: Adoption = { taken: [], notes: [] };

function refusal(text: string): AdoptionNote {
  return { text, isRefusal: true };
}

function refuse(text: string): Adoption {
  return { taken: [], notes: [refusal(text)] };
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
  if (file.role === "enablement") {
    return refuse(
      `${path} is made from [Install] of ${file.unit}: to keep it disabled, say state: stopped in gitops.yaml`,
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

/** Why git cannot have what is at the path; null when it can. */
function explainUnusable(path: string, found: ObservedFile, isUnit: boolean): string | null {
  if (found.kind === "other") return `${path} is ${found.what}, and git holds files and links only`;
  if (found.kind !== "link") return null;
  if (!isUnit) return `${path} is a link to ${found.linkTarget}, and files/ holds plain files`;
  const { linkTarget } = found;
  if (linkTarget === "/dev/null" || isUnitName(linkTarget)) return null;
  return `${path} is a link to ${linkTarget}; in units/ a link is an instance, an alias or (to /dev/null) a mask`;
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

/** A path that the agent did not write: a drop-in, or a file that hides a unit of git. */
function decideForeign(
  { path, unit, found }: HostPath,
  applied: Pick<Inventory, "files">,
  layout: HostLayout,
): Adoption {
  const [directory = "", name = ""] = path.split("/").slice(-2);
  const fragment = findFragment(unit, applied, layout);
  if (fragment === undefined) return refuse(`${path} belongs to no unit of git`);
  const isDropIn = isDropInDirectory(directory) && name.endsWith(".conf");
  if (!isDropIn && (!isUnitName(name) || name !== unit)) {
    return refuse(`${path} cannot be taken into git: enablement follows from [Install]`);
  }
  const unusable = explainUnusable(path, found, !isDropIn);
  if (unusable !== null) return refuse(unusable);
  const below = fragment.origin.slice(0, fragment.origin.lastIndexOf("/") + 1);
  const repositoryPath = isDropIn ? `${below}${directory}/${name}` : fragment.origin;
  const managed = `${layout.unitDirectory}/${isDropIn ? `${directory}/` : ""}${name}`;
  if (applied.files[managed] !== undefined && rankOf(managed, layout) < rankOf(path, layout)) {
    return refuse(`${path} is not in the patch: systemd reads ${managed} instead`);
  }
  const after = found.kind === "link" ? "link" : "file";
  return {
    taken: [{ path, repositoryPath, after, modes: null }],
    notes: isAgentsPlace(path, layout)
      ? []
      : [
          {
            text: `${path} stays a difference after the push until it is removed: rm ${path}`,
            isRefusal: false,
          },
        ],
  };
}

/** The file of the repository that defines the unit: what is added to the unit lies beside it. */
function findFragment(
  unit: string | null,
  { files }: Pick<Inventory, "files">,
  { unitDirectory, quadletDirectory }: HostLayout,
): AppliedFile | undefined {
  if (unit === null) return undefined;
  const own = files[`${unitDirectory}/${unit}`] ?? files[`${quadletDirectory}/${unit}`];
  if (own !== undefined) return own;
  const template = parseInstance(unit)?.template;
  if (template !== undefined) return files[`${unitDirectory}/${template}`];
  return Object.values(files).find(
    (file) => file.role === "quadlet" && file.unit !== null && serviceOfQuadlet(file.unit) === unit,
  );
}

function isAgentsPlace(path: string, { unitDirectory, quadletDirectory }: HostLayout): boolean {
  return path.startsWith(`${unitDirectory}/`) || path.startsWith(`${quadletDirectory}/`);
}

/** Which of two files with one name systemd reads: the one with the lower rank (systemd.unit(5), "Unit File Load Path"). */
function rankOf(path: string, { unitDirectory, dropInParents }: HostLayout): number {
  const parents = [
    ...dropInParents.filter((parent) => parent.endsWith(".control")),
    unitDirectory,
    ...dropInParents,
  ];
  const rank = parents.findIndex((parent) => path.startsWith(`${parent}/`));
  return rank === -1 ? parents.length : rank;
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
