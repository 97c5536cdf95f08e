/** What the decisions about adopting files of the host consist of, and what git cannot hold. Pure. */
import type { ObservedFile } from "../model/observed.ts";
import { isUnitName } from "../units/unit-name.ts";

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

export const nothing: Adoption = { taken: [], notes: [] };

export function refusal(text: string): AdoptionNote {
  return { text, isRefusal: true };
}

export function refuse(text: string): Adoption {
  return { taken: [], notes: [refusal(text)] };
}

/** Why git cannot have what is at the path; null when it can. */
export function explainUnusable(path: string, found: ObservedFile, isUnit: boolean): string | null {
  if (found.kind === "other") return `${path} is ${found.what}, and git holds files and links only`;
  if (found.kind !== "link") return null;
  if (!isUnit) return `${path} is a link to ${found.linkTarget}, and files/ holds plain files`;
  const { linkTarget } = found;
  if (linkTarget === "/dev/null" || isUnitName(linkTarget)) return null;
  return `${path} is a link to ${linkTarget}; in units/ a link is an instance, an alias or (to /dev/null) a mask`;
}
