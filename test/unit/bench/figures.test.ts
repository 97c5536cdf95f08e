/** The arithmetic of bench/: what a report says follows from the runs as it should. */
import { describe, expect, it } from "vitest";
import { judgeBudgets } from "../../../bench/lib/budgets.ts";
import { caseNames, makeChange } from "../../../bench/lib/cases.ts";
import type { Sample } from "../../../bench/lib/contender.ts";
import { findNeedless } from "../../../bench/lib/interruptions.ts";
import { parseRound } from "../../../bench/lib/profile.ts";
import { compare, findRow, makeRows } from "../../../bench/lib/rows.ts";
import type { FleetResult } from "../../../bench/lib/run.ts";
import { median, ratio } from "../../../bench/lib/statistics.ts";
import { formatTable } from "../../../bench/lib/table.ts";
import { jobUnit, makeFleet, parseFleet } from "../../../bench/lib/units.ts";
import { fieldsOf } from "../../../src/telemetry/fields.ts";
import { formatTextLine } from "../../../src/telemetry/text-line.ts";

const none = { units: 0, jobs: 0, timers: 0 };

function sample(overrides: Partial<Sample>): Sample {
  const figures = { wallMs: 100, cpuMs: 50, ownCpuMs: 20, managerCpuMs: 10, peakMb: 80, needless: none };
  return { contender: "gitops-agent", case: "one", ...figures, ...overrides };
}

it("a median is the middle value, or the mean of the two in the middle", () => {
  expect(median([30, 10, 20])).toBe(20);
  expect(median([10, 40, 20, 30])).toBe(25);
  expect(median([])).toBeNull();
});

it("a ratio needs both values, and a base that is not 0", () => {
  expect([ratio(3, 2), ratio(null, 2), ratio(3, null), ratio(3, 0)]).toEqual([1.5, null, null, null]);
});

it("a table has columns of one width, the first aligned to the left", () => {
  expect(formatTable(["", "wall ms"], [["shell", "7"]])).toBe(
    ["|       | wall ms |", "| ----- | ------: |", "| shell |       7 |"].join("\n"),
  );
});

describe("needless interruptions", () => {
  const before = new Map([
    ["a.service", "1"],
    ["b.service", "1"],
    ["t.timer", "1"],
    [jobUnit, "1"],
  ]);

  it("are none when only what had to be interrupted runs anew, and when something is started", () => {
    const after = new Map([...before, ["a.service", "2"], ["c.service", "1"]]);
    expect(findNeedless(before, after, new Set(["a.service"]))).toEqual(none);
  });

  it("are what runs anew or is gone, each kind for itself", () => {
    const after = new Map([
      ["a.service", "2"],
      ["t.timer", "2"],
    ]);
    expect(findNeedless(before, after, new Set(["a.service"]))).toEqual({ units: 1, jobs: 1, timers: 1 });
  });
});

describe("rows", () => {
  const rows = makeRows([
    sample({ wallMs: 300 }),
    sample({ wallMs: null, needless: { units: 2, jobs: 0, timers: 0 } }),
    sample({ wallMs: 100, peakMb: 90 }),
    sample({ contender: "shell", wallMs: 50, peakMb: null }),
  ]);

  it("have the median of the runs that have a value, the highest peak, and all needless interruptions", () => {
    const row = findRow(rows, "one", "gitops-agent");
    expect(row).toMatchObject({ wallMs: 200, peakMb: 90, runs: 3, needless: { units: 2 } });
  });

  it("are compared with another contender in the same case", () => {
    const [row] = rows;
    if (row === undefined) throw new Error("there is no row");
    expect(compare(rows, row, "shell", ({ wallMs }) => wallMs)).toBe(4);
    expect(compare(rows, row, "puppet apply", ({ wallMs }) => wallMs)).toBeNull();
  });
});

it("budgets are judged by the largest fleet that runs as a whole", () => {
  const result = (units: number, running: number, wallMs: number): FleetResult => ({
    fleet: { units, running },
    samples: [sample({ wallMs }), sample({ contender: "shell", wallMs: 100 })],
    absent: [],
    rests: [{ contender: "gitops-agent", after: "first", residentMb: 60 }],
    commands: [],
    alertsMs: [90, 200, 95],
    profiles: [],
    versions: [],
  });
  const budgets = judgeBudgets([result(50, 50, 900), result(200, 200, 120), result(1000, 100, 900)]);
  expect(budgets.find(({ what }) => what.startsWith("one changed"))?.measured).toBe(1.2);
  expect(budgets.find(({ what }) => what === "memory at rest")?.measured).toBe(60);
  expect(budgets.find(({ what }) => what.startsWith("an edit"))?.measured).toBe(95);
  expect(budgets.find(({ what }) => what.startsWith("`gitops-agent status`"))?.measured).toBeNull();
});

it("a profile is what the agent's log says", () => {
  const figures = {
    durationMs: 90,
    cpuMs: 40,
    phases: [
      { phase: "fetch", ms: 12.5 },
      { phase: "jobs", ms: 70 },
    ],
    calls: [{ phase: "jobs", call: "manager.runJobs", count: 2, ms: 60.5 }],
    counts: { busCalls: 5, filesRead: 3, processesStarted: 2 },
  } as const;
  const fields = fieldsOf({ type: "round.measured", figures });
  const line = formatTextLine({ level: "debug", timeMs: 0, event: "round.measured", fields }, "journal");
  const { counts, ...rest } = figures;
  expect(parseRound(line.replace(/^<7>/, "").trim())).toEqual({ ...rest, ...counts });
  expect(parseRound("repository.polled news=false")).toBeNull();
});

it("a fleet is a number, or a number and how many of them run", () => {
  expect(parseFleet("200")).toEqual({ units: 200, running: 200 });
  expect(parseFleet("1000/100")).toEqual({ units: 1000, running: 100 });
  for (const text of ["", "many", "5", "100/200", "50/x"]) expect(() => parseFleet(text)).toThrow(RangeError);
});

it("each case changes files that the first sync has brought, and changes them anew each time", () => {
  const fleet = { units: 300, running: 250 };
  const secret = (revision: number) => ({ content: `secret ${revision}`, credentialPath: null });
  const first = makeFleet(fleet, secret(0));
  for (const name of caseNames.filter((name) => name !== "first" && name !== "nothing")) {
    const [once, again] = [1, 2].map((revision) => makeChange(name, fleet, revision, secret(revision)).files);
    for (const [path, text] of Object.entries(once ?? {})) {
      expect(first[path]).toBeDefined();
      expect(new Set([first[path], text, again?.[path]]).size, `${name}: ${path}`).toBe(3);
    }
  }
});
