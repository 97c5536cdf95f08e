/** Joins the runs of one case by one contender to what a table shows. Pure. */
import { type CaseName, caseNames } from "./cases.ts";
import type { Sample } from "./contender.ts";
import { median, present, ratio } from "./statistics.ts";

export interface Row {
  readonly case: CaseName;
  readonly contender: string;
  /** Medians. */
  readonly wallMs: number | null;
  readonly cpuMs: number | null;
  readonly ownCpuMs: number | null;
  readonly managerCpuMs: number | null;
  /** The highest. */
  readonly peakMb: number | null;
  /** In all runs together. */
  readonly needless: { readonly units: number; readonly jobs: number; readonly timers: number };
  readonly runs: number;
}

/** In the order of the cases, and of the contenders in the samples. */
export function makeRows(samples: readonly Sample[]): readonly Row[] {
  const contenders = [...new Set(samples.map(({ contender }) => contender))];
  return caseNames.flatMap((name) =>
    contenders.flatMap((contender) => {
      const runs = samples.filter((sample) => sample.case === name && sample.contender === contender);
      return runs.length === 0 ? [] : [joinRuns(name, contender, runs)];
    }),
  );
}

function joinRuns(name: CaseName, contender: string, runs: readonly Sample[]): Row {
  const middle = (read: (sample: Sample) => number | null) => median(present(runs.map(read)));
  const peaks = present(runs.map(({ peakMb }) => peakMb));
  const sum = (key: keyof Sample["needless"]) =>
    runs.reduce((total, { needless }) => total + needless[key], 0);
  return {
    case: name,
    contender,
    wallMs: middle(({ wallMs }) => wallMs),
    cpuMs: middle(({ cpuMs }) => cpuMs),
    ownCpuMs: middle(({ ownCpuMs }) => ownCpuMs),
    managerCpuMs: middle(({ managerCpuMs }) => managerCpuMs),
    peakMb: peaks.length === 0 ? null : Math.max(...peaks),
    needless: { units: sum("units"), jobs: sum("jobs"), timers: sum("timers") },
    runs: runs.length,
  };
}

export function findRow(rows: readonly Row[], name: CaseName, contender: string): Row | null {
  return rows.find((row) => row.case === name && row.contender === contender) ?? null;
}

/** How many times as much as another contender in the same case. */
export function compare(
  rows: readonly Row[],
  row: Row,
  base: string,
  read: (row: Row) => number | null,
): number | null {
  const other = findRow(rows, row.case, base);
  return ratio(read(row), other === null ? null : read(other));
}
