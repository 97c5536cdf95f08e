/**
 * Whether a unit that is expected to run, but does not, is started, and why (docs/restarts.md, "Units that do not run"). Must
 * not decide which units are expected. Pure.
 */

import type { Definition, DesiredUnit } from "../model/desired.ts";
import type { AppliedUnit } from "../model/inventory.ts";
import type { ObservedUnit } from "../model/observed.ts";
import { isPassing } from "../units/activity.ts";
import { diffDefinitions, emptyDefinition } from "../units/diff.ts";
import { describe, isInterrupting, job, type Verdict } from "./interruption.ts";

/** Down although nobody has stopped it: a change may be what mends it. */
const downSentences = {
  failed: "it had failed",
  ended: "it had ended by itself",
  condition: "a condition of it was not met when it was last started",
} as const;

/**
 * What is new to the host is started, and so is what is down although nobody stopped it, once something about it changes that
 * could make it run. What was expected before and is down for another reason was stopped by somebody, and is left so.
 * @param before what it was last started with, null when that is not known
 */
export function decideStart(
  unit: DesiredUnit,
  applied: AppliedUnit | undefined,
  before: Definition | null,
  observed: ObservedUnit | undefined,
): Verdict {
  const down = observed?.activeState === "failed" ? "failed" : observed?.downBecause;
  const news = unit.owned ? explainNews(unit, applied) : null;
  if (news !== null && down !== "failed") return job("start", unit, news);
  if (down === undefined || (down === "ended" && mayHaveDoneItsWork(unit))) return { jobs: [] };
  const diff = diffDefinitions(before ?? emptyDefinition, unit.definition);
  return isInterrupting(diff) || diff.class === "live"
    ? job("start", unit, `${downSentences[down]}, and ${describe(diff, unit)}`)
    : { jobs: [] };
}

/** A oneshot that has run waits for its next run. Of a unit of somebody else the repository does not know the type. */
function mayHaveDoneItsWork(unit: DesiredUnit): boolean {
  return !unit.owned || isPassing(unit);
}

function explainNews(unit: DesiredUnit, applied: AppliedUnit | undefined): string | null {
  if (applied === undefined) return `new in git (${unit.origins[0] ?? unit.name})`;
  if (applied.startedWith === "never") return "a start is owed since it was written";
  if (applied.expected) return null;
  return applied.masked ? "it is no longer masked" : "it is now expected to run";
}
