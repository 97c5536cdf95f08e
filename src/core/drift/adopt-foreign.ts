/** Decides where in the repository a file belongs that the agent did not write. Pure. */
import type { HostLayout } from "../model/host-layout.ts";
import type { AppliedFile, Inventory } from "../model/inventory.ts";
import {
  isDropInDirectory,
  isUnitName,
  listDropInDirectories,
  parseInstance,
  serviceOfQuadlet,
} from "../units/unit-name.ts";
import { type Adoption, explainUnusable, type HostPath, refuse } from "./adoption-parts.ts";

/** A path that the agent did not write: a drop-in, or a file that hides a unit of git. */
export function decideForeign(
  { path, unit, found }: HostPath,
  applied: Pick<Inventory, "files">,
  layout: HostLayout,
): Adoption {
  const [directory = "", name = ""] = path.split("/").slice(-2);
  const isDropIn = isDropInDirectory(directory) && name.endsWith(".conf");
  const fragment = unit === null ? findExtended(directory, applied) : findFragment(unit, applied, layout);
  if (fragment === undefined) return refuse(`${path} belongs to no unit of git`);
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
  const isElsewhere = !isAgentsPlace(path, layout);
  return {
    taken: [{ path, repositoryPath, after, modes: null }],
    notes: isElsewhere ? [{ text: explainCopy(path, managed, layout), isRefusal: false }] : [],
  };
}

/** What becomes of a file at another place than the agent's when git has it, too. */
function explainCopy(path: string, managed: string, layout: HostLayout): string {
  if (layout.vendorDropInParents.some((parent) => path.startsWith(`${parent}/`))) {
    return `${path} belongs to a package; git's copy hides it`;
  }
  const relation =
    rankOf(path, layout) < rankOf(managed, layout) ? "hides git's copy" : "is hidden by git's copy";
  return `${path} ${relation}, and stays a difference until it is removed after the push: rm ${path}`;
}

/** The file of the repository that defines the unit: what is added to the unit lies beside it. */
function findFragment(
  unit: string,
  { files }: Pick<Inventory, "files">,
  { unitDirectory, quadletDirectory }: HostLayout,
): AppliedFile | undefined {
  const own = files[`${unitDirectory}/${unit}`] ?? files[`${quadletDirectory}/${unit}`];
  if (own !== undefined) return own;
  const template = parseInstance(unit)?.template;
  if (template !== undefined) return files[`${unitDirectory}/${template}`];
  return Object.values(files).find(
    (file) => file.role === "quadlet" && file.unit !== null && serviceOfQuadlet(file.unit) === unit,
  );
}

/** The first unit for which systemd reads the drop-ins of a directory for several units, such as `service.d`. */
function findExtended(directory: string, { files }: Pick<Inventory, "files">): AppliedFile | undefined {
  return Object.values(files).find(
    ({ role, unit }) =>
      role === "fragment" && unit !== null && listDropInDirectories(unit).includes(directory),
  );
}

function isAgentsPlace(path: string, { unitDirectory, quadletDirectory }: HostLayout): boolean {
  return path.startsWith(`${unitDirectory}/`) || path.startsWith(`${quadletDirectory}/`);
}

/** Which of two files with one name systemd reads: the one with the lower rank (systemd.unit(5), "Unit File Load Path"). */
export function rankOf(path: string, layout: HostLayout): number {
  const parents = [...layout.dropInParents, ...layout.vendorDropInParents];
  const rank = parents.findIndex((parent) => path.startsWith(`${parent}/`));
  return rank === -1 ? parents.length : rank;
}
