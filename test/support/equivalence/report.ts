/** Verdicts in words: what differs, and the whole history that led there, to be repeated by hand. Pure. */
import type { Verdict } from "./batch.ts";
import type { Sequence } from "./generate.ts";
import { diffFiles, renderTrees } from "./tree.ts";

export function describeFailures(verdicts: readonly Verdict[]): string {
  return verdicts
    .filter(({ differences }) => differences.length > 0)
    .map(({ sequence, differences }) => `${differences.join("\n")}\n${describeSequence(sequence)}`)
    .join("\n\n");
}

/** Actions and commits in order, with the files that each commit changes. */
export function describeSequence({ seed, steps }: Sequence): string {
  const texts = steps.map(({ actions, tree, changes }, index) => {
    const before = renderTrees(steps[index - 1] === undefined ? [] : [steps[index - 1]?.tree ?? tree]);
    const after = renderTrees([tree]);
    const files = diffFiles({ ...before.files, ...before.secrets }, { ...after.files, ...after.secrets });
    return [
      ...actions.map((action) => `  by hand: ${action}`),
      `  commit ${index}: ${changes.join("; ")}`,
      ...Object.entries(files).map(([path, entry]) => `    ${path}: ${describeEntry(entry)}`),
    ].join("\n");
  });
  return `seed ${seed}:\n${texts.join("\n")}`;
}

function describeEntry(entry: unknown): string {
  if (entry === null) return "deleted";
  return typeof entry === "string" ? JSON.stringify(entry) : JSON.stringify(entry);
}
