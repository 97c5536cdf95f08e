/** The report of a run, as Markdown. Pure. */
import { type Budget, judgeBudgets } from "./budgets.ts";
import { caseTexts, fits } from "./cases.ts";
import { formatProfile } from "./profile.ts";
import { compare, makeRows, type Row } from "./rows.ts";
import { type FleetResult, ours } from "./run.ts";
import { ratio } from "./statistics.ts";
import { formatNumber, formatRatio, formatTable } from "./table.ts";
import { describeFleet, type Fleet } from "./units.ts";

export interface Circumstances {
  /** YYYY-MM-DD. */
  readonly date: string;
  readonly processor: string;
  readonly cores: number;
  readonly memoryGb: number;
  /** How many processes wanted to run when the measuring began, as a mean of the last five minutes. */
  readonly load: number;
  readonly root: string;
  readonly times: number;
  /** The options of the run. */
  readonly words: string;
}

/** One section for each fleet. */
export function formatFleet(result: FleetResult): string {
  const { fleet, samples, absent, rests, commands, profiles } = result;
  const sections = [`## ${titleOf(fleet)}`, formatCases(makeRows(samples), result)];
  if (absent.length > 0) {
    sections.push(
      absent.map(({ contender, reason }) => `- ${contender}: not measured: ${reason}`).join("\n"),
    );
  }
  if (rests.length > 0) {
    const rows = rests.map(({ contender, after, residentMb }) => [
      `${contender}, after ${after === "first" ? "the first sync" : "all changes"}`,
      formatNumber(residentMb),
    ]);
    sections.push(formatTable(["the daemon at rest", "resident MB"], rows));
  }
  if (commands.length > 0) sections.push(formatCommands(commands));
  for (const { contender, profile } of profiles) {
    sections.push(`Where the time of one changed service went (${contender}):`, formatProfile(profile));
  }
  return sections.join("\n\n");
}

function titleOf(fleet: Fleet): string {
  const { units, running } = fleet;
  const count = units.toLocaleString("en");
  return units === running ? `${count} units, all running` : `${count} units, ${running} of them running`;
}

const heads = ["", "wall ms", "× shell", "CPU ms", "× shell", "PID 1 ms", "× shell", "peak MB", "needless"];

function formatCases(rows: readonly Row[], { fleet }: FleetResult): string {
  const cells = rows.flatMap((row, index) => {
    const toShell = (read: (row: Row) => number | null) => formatRatio(compare(rows, row, "shell", read));
    const figures = [
      `  ${row.contender}`,
      ...[formatNumber(row.wallMs), toShell(({ wallMs }) => wallMs)],
      ...[formatNumber(row.cpuMs), toShell(({ cpuMs }) => cpuMs)],
      ...[formatNumber(row.managerCpuMs), toShell(({ managerCpuMs }) => managerCpuMs)],
      formatNumber(row.peakMb),
      row.case === "first" ? "–" : formatNeedless(row),
    ];
    return rows[index - 1]?.case === row.case
      ? [figures]
      : [[`**${row.case}**: ${caseTexts[row.case]}`], figures];
  });
  const note = fits("200", fleet) ? "" : "\n\nThere is no case `200`: fewer than 200 services run.";
  return formatTable(heads, cells) + note;
}

/** Over all runs of the case. */
function formatNeedless({ needless: { units, jobs, timers }, runs }: Row): string {
  const parts = [
    [units, "services"],
    [jobs, "jobs"],
    [timers, "timers"],
  ] as const;
  const found = parts.flatMap(([count, word]) => (count === 0 ? [] : [`${count} ${word}`]));
  return found.length === 0 ? "none" : `${found.join(", ")} in ${runs} runs`;
}

export function formatCommands(commands: FleetResult["commands"]): string {
  const bare = commands.find(({ contender, command }) => contender === ours && command === "node -e 0");
  const rows = commands.map(({ contender, command, medianMs, highestMs }) => [
    `${contender}: ${command.startsWith("curl") ? "the answer of the daemon alone" : `\`${command}\``}`,
    formatNumber(medianMs),
    formatNumber(highestMs),
    formatRatio(ratio(medianMs, bare?.medianMs ?? null)),
  ]);
  return formatTable(["commands", "median ms", "highest ms", "× node"], rows);
}

export function formatBudgets(results: readonly FleetResult[]): string {
  const rows = judgeBudgets(results).map((budget) => [
    budget.what,
    `${budget.limit} ${budget.unit}`,
    budget.measured === null ? "–" : `${budget.measured.toFixed(budget.unit === "×" ? 2 : 1)} ${budget.unit}`,
    judge(budget),
  ]);
  return formatTable(["budget", "at most", "measured", ""], rows);
}

function judge({ limit, measured }: Budget): string {
  if (measured === null) return "not measured";
  return measured <= limit ? "met" : `not met: ${(measured / limit).toFixed(1)} × the budget`;
}

/** How often the shell's time the agent needs for one change, over the sizes: growth shows here. */
export function formatGrowth(results: readonly FleetResult[]): string {
  const rows = results.flatMap(({ fleet, samples }) =>
    makeRows(samples).flatMap((row, _index, rows) =>
      row.case === "one" && row.contender !== "systemctl restart"
        ? [
            [
              `${describeFleet(fleet)}: ${row.contender}`,
              formatNumber(row.wallMs),
              formatRatio(compare(rows, row, "shell", ({ wallMs }) => wallMs)),
              formatNumber(row.cpuMs),
            ],
          ]
        : [],
    ),
  );
  return formatTable(["one changed service", "wall ms", "× shell", "CPU ms"], rows);
}

export function formatReport(results: readonly FleetResult[], circumstances: Circumstances): string {
  const { date, processor, cores, memoryGb, load, root, times, words } = circumstances;
  const versions = [...new Set(results.flatMap(({ versions }) => versions))];
  return `# Benchmarks

Written by \`npm run bench -- --markdown docs/benchmarks.md\`; do not edit. To repeat it, as root on Debian:
\`npm ci && npm run build && npm run bench -- ${words}\`.

- ${date}; ${processor}, ${cores} cores, ${memoryGb} GB; load before the run ${load.toFixed(1)}; machines of the root \`${root}\` (see CONTRIBUTING.md)
- ${versions.join("; ")}

How it is measured:

- Each tool has a machine of its own, with the same units, so that a daemon-reload reads the units of one tool only. The tools
  take turns, ${times} times for each case. The first sync is measured less often, since it needs new machines. Figures are medians.
- _wall_ is the time from the push (the move of the branch) to the start of the new process as systemd tells it
  (\`ExecMainStartTimestamp\`), of the last one if there are several; for a timer and a comment to the
  daemon-reload, a dash where there was none; for a poll to the end of the round. The settle of the agent is not in it.
- _CPU_ is that of the tool with all its children until it is at rest again, by its control group, thus with the settling and the
  look for drift. _PID 1_ is that of the machine's systemd meanwhile.
- _peak_ is the largest resident memory of the daemon during the case; a dash where the kernel does not count that of a group.
- _needless_ counts services, jobs and timers that have another InvocationID than before although they had nothing to do with
  the change. A job of one oneshot is at work all the time.
- The peers are scripts of [bench/peers](../bench/peers). They are run at the push, as by a hook; gitops-agent notices the
  push itself. Besides the services each fleet has two timers, a oneshot and a service with a secret. A tool that takes
  seconds for each unit is measured with few units only.

## Budgets

For the largest fleet of which all units run; the budgets are meant for 1,000 units.

${formatBudgets(results)}

## One change at all sizes

${formatGrowth(results)}

${results.map(formatFleet).join("\n\n")}
`;
}
