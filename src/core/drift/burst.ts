/** Makes one line of many: what a person reads when hundreds of things differ at once. Pure. */

import type { DriftRecord } from "../model/drift.ts";
import type { DriftNews, SingleNews } from "../model/events.ts";
import { type DriftWeight, driftKinds } from "./kinds.ts";

/** More news of one sort than this at one look become one. */
const mostAlone = 10;
const shownNames = 10;

/** The news in their order, with a summary in the place of the first where there are too many of one sort. */
export function gatherBursts(news: readonly SingleNews[]): readonly DriftNews[] {
  const types = [...new Set(news.map(({ type }) => type))];
  return types.flatMap((type): readonly DriftNews[] => {
    const same = news.filter((one) => one.type === type);
    const [first] = same;
    if (first === undefined || same.length <= mostAlone) return same;
    const drift = same.map((one) => one.drift).reduce(heavier, first.drift);
    const names = [...new Set(same.map((one) => one.drift.unit ?? one.drift.path ?? ""))];
    return [
      { type: "drift.burst", of: sorts[type], drift, count: same.length, names: names.slice(0, shownNames) },
    ];
  });
}

const sorts = {
  "drift.detected": "detected",
  "drift.changed": "changed",
  "drift.reminded": "reminded",
  "drift.resolved": "resolved",
} as const;

const heaviness: Readonly<Record<DriftWeight, number>> = { failed: 2, differs: 1, noted: 0 };

function heavier(one: DriftRecord, other: DriftRecord): DriftRecord {
  return heaviness[driftKinds[other.kind].weight] > heaviness[driftKinds[one.kind].weight] ? other : one;
}
