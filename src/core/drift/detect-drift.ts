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
  if (found.kind === "absent") {
    const what = file.role === "enablement" ? `${file.unit} is no longer enabled: ` : "";
    return describe("missing", path, file.unit, `${what}${path} was deleted; git has it as ${file.origin}`);
  }
  if (!isAppliedContent(file, found)) {
    return describe(
      "modified",
      path,
      file.unit,
      `${path} was edited on the host; git has it as ${file.origin}`,
    );
  }
  if (found.kind === "file" && !isSameAccess(file, found, layout)) {
    const wanted = `${formatMode(file.mode)} ${file.owner ?? layout.owner}:${file.group ?? layout.group}`;
    const actual = `${formatMode(found.mode)} ${found.owner}:${found.group}`;
    return describe("mode", path, file.unit, `${path} is ${actual}; git wants ${wanted}`);
  }
  return null;
}

function formatMode(mode: number): string {
  return mode.toString(8).padStart(4, "0");
}

function describe(kind: DriftKind, path: string, unit: string | null, message: string): Drift {
  return { key: `${kind} ${path}`, kind, unit, path, message };
}
