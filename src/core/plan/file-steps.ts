/** The steps of a plan that change a path. Pure. */
import type { Step } from "../model/plan.ts";

export type FileStep = Extract<Step, { kind: "write" | "adopt" | "delete" | "restore" }>;

export function isFileStep(step: Step): step is FileStep {
  return ["write", "adopt", "delete", "restore"].includes(step.kind);
}

export function pathOf(step: FileStep): string {
  return "file" in step ? step.file.path : step.path;
}
