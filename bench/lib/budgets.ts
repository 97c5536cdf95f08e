/** The budgets of speed, each with what was measured. Pure. */
import type { CaseName } from "./cases.ts";
import { compare, findRow, makeRows, type Row } from "./rows.ts";
import { type FleetResult, ours } from "./run.ts";
import { median, ratio } from "./statistics.ts";

export interface Budget {
  readonly what: string;
  readonly limit: number;
  readonly unit: "ms" | "MB" | "×";
  /** Null when this run did not measure it. */
  readonly measured: number | null;
}

/** For the largest fleet of which all units run: its numbers are those that the budgets are about at 1,000 units. */
export function judgeBudgets(results: readonly FleetResult[]): readonly Budget[] {
  const [largest] = results
    .filter(({ fleet: { units, running } }) => units === running)
    .sort((left, right) => right.fleet.units - left.fleet.units);
  if (largest === undefined) return [];
  const rows = makeRows(largest.samples);
  const against = (name: CaseName, base: string) => {
    const row = findRow(rows, name, ours);
    return row === null ? null : compare(rows, row, base, ({ wallMs }) => wallMs);
  };
  const command = (text: string) =>
    largest.commands.find(({ contender, command }) => contender === ours && command === text)?.medianMs ??
    null;
  const highest = (values: readonly number[]) => (values.length === 0 ? null : Math.max(...values));
  const rests = largest.rests.filter(({ contender }) => contender === ours);
  const peaks = rows.flatMap(({ contender, peakMb }: Row) => (contender === ours ? (peakMb ?? []) : []));
  return [
    {
      what: "a poll that finds nothing: CPU of the daemon besides git",
      limit: 5,
      unit: "ms",
      measured: findRow(rows, "nothing", ours)?.ownCpuMs ?? null,
    },
    { what: "one changed service, to the shell", limit: 1.3, unit: "×", measured: against("one", "shell") },
    {
      what: "200 changed services, to `systemctl restart` of them",
      limit: 0.9,
      unit: "×",
      measured: against("200", "systemctl restart"),
    },
    { what: "first sync, to the shell", limit: 1.3, unit: "×", measured: against("first", "shell") },
    {
      what: "memory at rest",
      limit: 64,
      unit: "MB",
      measured: highest(rests.map(({ residentMb }) => residentMb)),
    },
    { what: "memory at the peak of an apply", limit: 110, unit: "MB", measured: highest(peaks) },
    { what: "`gitops-agent status`", limit: 150, unit: "ms", measured: command("gitops-agent status") },
    {
      what: "`gitops-agent --version`, to `node -e 0`",
      limit: 1.2,
      unit: "×",
      measured: ratio(command("gitops-agent --version"), command("node -e 0")),
    },
    { what: "an edit on the host to the alert", limit: 100, unit: "ms", measured: median(largest.alertsMs) },
  ];
}
