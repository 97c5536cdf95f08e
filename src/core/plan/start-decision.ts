/**
 * Decides whether a unit that is expected to run, but is down, is started, and why (docs/restarts.md, "Units that do
 * not run"). Must not decide which units are expected. Pure.
 */

import type { Definition, DesiredUnit } from "../model/desired.ts";
import type { AppliedUnit } from "../model/inventory.ts";
import type { ObservedUnit } from "../model/observed.ts";
import { isPassing } from "../units/activity.ts";
import { type DefinitionDiff, emptyDefinition } from "../units/diff.ts";
import { describe, isInterrupting, job, type Verdict } from "./interruption.ts";

/** What is known of a unit and its last run. */
export interface Run {
  /** The unit in the inventory. */
  readonly record: AppliedUnit | undefined;
  /** What it was last started with; null when that is not known. */
  readonly before: Definition | null;
  readonly observed: ObservedUnit | undefined;
  /** Whether its file was on the host before git had it, byte for byte. */
  readonly isFound: boolean;
}

/** Reasons why a unit is down although nobody stopped it. A change may repair these. */
const downSentences = {
  failed: "it had failed",
  ended: "it had ended by itself",
  condition: "a condition of it was not met when it was last started",
} as const;

/**
 * A unit that is new on the host is started. A unit that is down although nobody stopped it is started when a change
 * could make it run. A unit that was expected before and is down for another reason was stopped by a person, and stays
 * down.
 * @param compare what differs between a definition and git's
 */
export function decideStart(
  unit: DesiredUnit,
  { record: applied, before, observed, isFound }: Run,
  compare: (before: Definition) => DefinitionDiff,
): Verdict {
  const down = observed?.activeState === "failed" ? "failed" : observed?.downBecause;
  if (applied === undefined && isFound && down === "ended" && isPassing(unit)) {
    const because = "it has run with this definition already";
    return {
      jobs: [],
      spared: { unit: unit.name, class: "none", because, pending: false, startedWith: "same" },
    };
  }
  const isDecidedByGit = unit.owned || unit.wantedBy.length > 0;
  const news = isDecidedByGit ? explainNews(unit, applied) : null;
  if (news !== null && down !== "failed") return job("start", unit, news);
  if (down === undefined || (down === "ended" && mayHaveDoneItsWork(unit))) return { jobs: [] };
  const diff = compare(before ?? emptyDefinition);
  return isInterrupting(diff) || diff.class === "live"
    ? job("start", unit, `${downSentences[down]}, and ${describe(diff, unit)}`)
    : { jobs: [] };
}

/**
 * A oneshot that has run waits for its next run. A foreign unit may be a oneshot too: the repository does not know its
 * type.
 */
function mayHaveDoneItsWork(unit: DesiredUnit): boolean {
  return !unit.owned || isPassing(unit);
}

function explainNews(unit: DesiredUnit, applied: AppliedUnit | undefined): string | null {
  if (applied === undefined) return `new in git (${unit.origins[0] ?? unit.name})`;
  if (applied.startedWith === "never") return "a start is owed since it was written";
  if (applied.expected) return null;
  return applied.masked ? "it is no longer masked" : "it is now expected to run";
}
