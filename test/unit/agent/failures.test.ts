/** What is said about units that do not work. */
import { expect, it } from "vitest";
import { explainFailure } from "../../../src/agent/run-jobs.ts";
import { describeFailures, type SettlePorts } from "../../../src/agent/settle.ts";
import { UnhealthyError } from "../../../src/agent/sync.ts";

const at = "2026-01-01T00:00:00Z";
const revision = { branch: "main", commit: "b".repeat(40), subject: "b", author: "Alice", committedAt: at };

it("the message of a failed unit is taken from the log since the units were loaded, not from an earlier failure", async () => {
  const journal = [
    { atUs: 1_000, line: "what the revision before said" },
    { atUs: 3_000, line: "cannot bind the port" },
  ];
  const ports = {
    manager: {
      readStatus: async () => new Map(),
      readFailedRequirements: async () => new Map(),
    } as unknown as SettlePorts["manager"],
    logs: {
      readLastLines: async (_unit: string, _count: number, sinceUs: number) =>
        journal.filter(({ atUs }) => atUs >= sinceUs).map(({ line }) => line),
    },
  };
  const failures = new Map([["web.service", "web.service failed"]]);
  expect(await describeFailures(ports, failures, 2_000)).toEqual([
    { unit: "web.service", message: "web.service failed", log: ["cannot bind the port"] },
  ]);
});

it("a unit that was not started because of a failed one is told together with that one and its last words", async () => {
  const ports = {
    manager: {
      readStatus: async () => new Map(),
      readFailedRequirements: async () => new Map([["app-image.service", "app.service"]]),
    } as unknown as SettlePorts["manager"],
    logs: { readLastLines: async (unit: string) => (unit === "app-image.service" ? ["no such image"] : []) },
  };
  const failures = new Map([["app.service", "app.service was not started"]]);
  expect(await describeFailures(ports, failures, 0)).toEqual([
    { unit: "app.service", message: "app.service was not started", log: [] },
    {
      unit: "app-image.service",
      message: "app-image.service, which app.service requires, failed",
      log: ["no such image"],
    },
  ]);
});

it("the message of a failed unit ends with what was odd about them before", () => {
  const failed = { unit: "web.service", message: "web.service failed", log: ["no such file"] };
  const error = new UnhealthyError(
    revision,
    [failed],
    ["units/web.service:2: /usr/bin/slep cannot be executed"],
  );
  expect(error.listDetails()).toEqual([
    "web.service failed",
    "  no such file",
    "warning: units/web.service:2: /usr/bin/slep cannot be executed",
  ]);
});

it.each([
  ["failed", undefined, "web.service failed to start"],
  [
    "refused",
    "Unit db.service not found.",
    "systemd refuses to start web.service: Unit db.service not found.",
  ],
  ["timeout", undefined, "the start of web.service took too long"],
  [
    "assert",
    "its assertion AssertPathExists=/x is not met",
    "web.service was not started: its assertion AssertPathExists=/x is not met",
  ],
] as const)(
  "the message of a failed unit names the job that ended with %s in plain words",
  (result, message, text) => {
    const job = { unit: "web.service", verb: "start", result } as const;
    expect(explainFailure(message === undefined ? job : { ...job, message })).toBe(text);
  },
);
