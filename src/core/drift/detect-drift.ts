/** Finds drift: files on the host that are not as the agent last wrote them. Pure. */

import type { Drift, DriftKind } from "../model/drift.ts";
import type { HostLayout } from "../model/host-layout.ts";
import type { AppliedFile, Inventory } from "../model/inventory.ts";
import type { Observed, ObservedFile } from "../model/observed.ts";
import { isAppliedContent, isSameAccess } from "./applied-file.ts";

/** All findings about files, sorted by kind and path. */
export function detectDrift(
  applied: Inventory,
  observed: Pick<Observed, "files" | "foreignDropIns">,
  layout: HostLayout,
): readonly Drift[] {
  const findings: Drift[] = [];
  for (const [path, file] of Object.entries(applied.files)) {
    const found = observed.files.get(path);
    // Nothing can differ from what an apply has claimed, and was killed before it wrote it.
    const isClaim = file.content === "";
    const finding = found === undefined || isClaim ? null : compareFile(path, file, found, layout);
    if (finding !== null) findings.push(finding);
  }
  for (const [path, unit] of observed.foreignDropIns) {
    findings.push(describe("foreign-drop-in", path, unit, `${path} changes ${unit}, but is not in git`));
  }
  return findings.sort((left, right) => (left.key < right.key ? -1 : 1));
}

function compareFile(path: string, file: AppliedFile, found: ObservedFile, layout: HostLayout): Drift | null {
  if (found.kind === "absent") return describeMissing(path, file);
  if (!isAppliedContent(file, found)) {
    const [kind, what] = nameChange(file, found);
    return describe(kind, path, file.unit, `${path} ${what}; git has it as ${file.origin}`);
  }
  if (found.kind === "file" && !isSameAccess(file, found, layout)) {
    const wanted = `${formatMode(file.mode)} ${file.owner ?? layout.owner}:${file.group ?? layout.group}`;
    const actual = `${formatMode(found.mode)} ${found.owner}:${found.group}`;
    return describe("mode", path, file.unit, `${path} is ${actual}; git wants ${wanted}`);
  }
  return null;
}

function describeMissing(path: string, { role, unit, origin }: AppliedFile): Drift {
  const gone = `${path} was deleted; git has it as ${origin}`;
  if (role === "enablement") return describe("disabled", path, unit, `${unit} is no longer enabled: ${gone}`);
  if (role === "mask") return describe("unmasked", path, unit, `${unit} is no longer masked: ${gone}`);
  return describe("missing", path, unit, gone);
}

const maskTarget = "/dev/null";

function nameChange({ kind, role }: AppliedFile, found: ObservedFile): readonly [DriftKind, string] {
  if (role === "mask") return ["unmasked", "is no longer a mask"];
  if (found.kind === "link") {
    if (found.linkTarget === maskTarget && role !== "file") return ["masked", "is a mask now"];
    return kind === "link"
      ? ["modified", `leads to ${found.linkTarget} now`]
      : ["replaced", `is a link to ${found.linkTarget} now`];
  }
  if (found.kind === "other") return ["replaced", `is ${found.what} now`];
  return kind === "file" ? ["modified", "was edited on the host"] : ["replaced", "is a file now"];
}

function formatMode(mode: number): string {
  return mode.toString(8).padStart(4, "0");
}

function describe(kind: DriftKind, path: string, unit: string | null, message: string): Drift {
  return { key: `${kind} ${path}`, kind, unit, path, message };
}
