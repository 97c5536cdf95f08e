/** Compares what the inventory says of a path with what git has and with what is on the host. Pure. */

import type { FileEntry, HostFile } from "../model/desired.ts";
import type { HostLayout } from "../model/host-layout.ts";
import type { AppliedFile } from "../model/inventory.ts";
import type { ObservedFile } from "../model/observed.ts";

type FileAccess = Pick<FileEntry, "mode" | "owner" | "group">;

/** What the inventory records as content: the digest of a file, the target of a link. */
export function contentOf(file: HostFile): string {
  return file.kind === "file" ? file.digest : file.linkTarget;
}

/** The permission bits that the inventory records; those of a link are always 0777. */
export function modeOf(file: HostFile): number {
  return file.kind === "file" ? file.mode : 0o777;
}

/** Whether the inventory records the file as git has it. */
export function isSameAsApplied(file: HostFile, applied: AppliedFile): boolean {
  const owner = file.kind === "file" ? file.owner : undefined;
  const group = file.kind === "file" ? file.group : undefined;
  return (
    applied.kind === file.kind &&
    applied.content === contentOf(file) &&
    applied.mode === modeOf(file) &&
    applied.owner === owner &&
    applied.group === group
  );
}

/** Whether the host still has the content that the agent last wrote there. */
export function isAppliedContent(applied: AppliedFile, observed: ObservedFile): boolean {
  if (observed.kind === "link") return applied.kind === "link" && applied.content === observed.linkTarget;
  return observed.kind === "file" && applied.kind === "file" && applied.content === observed.digest;
}

/** Whether the host has a file with the mode and the owner that git wants, or that the agent last wrote. */
export function isSameAccess(
  file: FileAccess,
  found: Extract<ObservedFile, { readonly kind: "file" }>,
  layout: HostLayout,
): boolean {
  return (
    found.mode === file.mode &&
    found.owner === (file.owner ?? layout.owner) &&
    found.group === (file.group ?? layout.group)
  );
}
