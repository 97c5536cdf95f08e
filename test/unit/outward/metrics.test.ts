/** What Prometheus gets to see of the events and the Status of an agent. */
import fc from "fast-check";
import { Registry } from "prom-client";
import { describe, expect, it } from "vitest";
import type { AgentEvent } from "../../../src/core/model/events.ts";
import type { RoundPhase } from "../../../src/core/model/round-figures.ts";
import { EventMetrics } from "../../../src/outward/metrics/event-metrics.ts";
import { StatusMetrics } from "../../../src/outward/metrics/status-metrics.ts";
import { propertyRuns } from "../../support/values/property-runs.ts";
import { inSync, revision } from "../../support/values/status-fixture.ts";

/** Each series that has a value, as it is exposed. */
async function readAll(registry: Registry): Promise<ReadonlyMap<string, number>> {
  const lines = (await registry.metrics()).split("\n").filter((line) => line !== "" && !line.startsWith("#"));
  return new Map(
    lines.map((line) => [line.slice(0, line.lastIndexOf(" ")), Number(line.slice(line.lastIndexOf(" ")))]),
  );
}

/** Those of a counter that are not 0. */
async function readCounts(registry: Registry, name: string): Promise<Readonly<Record<string, number>>> {
  const all = [...(await readAll(registry))];
  const counted = all.filter(([series, value]) => series.startsWith(`gitops_agent_${name}{`) && value > 0);
  return Object.fromEntries(counted.map(([series, value]) => [series.replace(/^[^{]*/, ""), value]));
}

const older = { ...revision, commit: "0".repeat(40) };
const failure = { code: "unhealthy", message: "web.service failed", hint: null, details: [], since: "" };
const applied: AgentEvent = { type: "revision.applied", revision, durationMs: 1_200, interrupted: 1 };
const restarted: AgentEvent = { type: "unit.restarted", unit: "web.service", because: "changed in git" };
const rejected: AgentEvent = { type: "revision.rejected", revision, failure };
const rolledBack: AgentEvent = { type: "revision.rolledBack", from: revision, to: older, failedUnits: [] };
const entered = (phase: RoundPhase): AgentEvent => ({ type: "round.entered", phase });
const degraded: AgentEvent = { type: "revision.degraded", revision, units: ["web.service"] };

/** The events, one millisecond after the other. */
function follow(...events: readonly AgentEvent[]): Registry {
  const registry = new Registry();
  let nowMs = 0;
  const metrics = new EventMetrics(registry, () => nowMs);
  for (const event of events) {
    metrics.take(event);
    nowMs += 1;
  }
  return registry;
}

describe("a round counts as one sync", () => {
  it.each<[string, readonly AgentEvent[]]>([
    ["applied", [entered("trust"), applied]],
    ["degraded", [entered("trust"), degraded, applied]],
    ["rejected", [entered("trust"), rejected]],
    // The apply of the revision that the host goes back to is none of its own.
    ["rolled-back", [entered("trust"), rejected, applied, rolledBack]],
    ["rolled-back", [entered("read"), degraded, applied, rolledBack]],
  ])("that is %s", async (result, events) => {
    const registry = follow(entered("fetch"), ...events, entered("finish"));
    expect(await readCounts(registry, "syncs_total")).toEqual({ [`{result="${result}"}`]: 1 });
    const durations = (await readAll(registry)).get("gitops_agent_sync_duration_seconds_count");
    expect(durations).toBe(result === "applied" || result === "degraded" ? 1 : 0);
  });

  it("and one more when a newer revision takes its place", async () => {
    const superseded: AgentEvent = { type: "revision.superseded", revision: older, by: revision };
    const registry = follow(entered("fetch"), entered("trust"), superseded, entered("trust"), applied);
    expect(await readCounts(registry, "syncs_total")).toEqual({ '{result="superseded"}': 1 });
  });

  it("and none when nothing was attempted, whatever fails between rounds", async () => {
    const registry = follow(
      entered("fetch"),
      entered("finish"),
      degraded,
      entered("fetch"),
      entered("finish"),
    );
    expect(await readCounts(registry, "syncs_total")).toEqual({});
  });
});

it("actions on units have the cause for which they were done", async () => {
  const registry = follow(
    restarted,
    entered("fetch"),
    entered("trust"),
    restarted,
    rejected,
    restarted,
    { type: "unit.takenAlong", unit: "api.service", because: "it has Requires=web.service" },
    entered("finish"),
    restarted,
    entered("read"),
    restarted,
  );
  expect(await readCounts(registry, "unit_actions_total")).toEqual({
    '{action="restart",cause="drift"}': 3,
    '{action="restart",cause="revision"}': 1,
    '{action="restart",cause="rollback"}': 1,
    '{action="taken-along",cause="rollback"}': 1,
  });
});

it("phases are those of rounds that attempt a revision, without corrections and without the time between rounds", async () => {
  const registry = new Registry();
  let nowMs = 0;
  const metrics = new EventMetrics(registry, () => nowMs);
  const pass = (phase: RoundPhase, ms: number) => {
    metrics.take(entered(phase));
    nowMs += ms;
  };
  pass("fetch", 40_000);
  pass("finish", 1_000);
  // Drift is put back, and then an hour passes.
  pass("jobs", 2_000);
  pass("settle", 3_600_000);
  pass("fetch", 100);
  pass("trust", 50);
  pass("jobs", 700);
  pass("again", 10);
  pass("jobs", 200);
  metrics.take(applied);
  pass("finish", 60_000);
  const all = await readAll(registry);
  const sum = (phase: string) => all.get(`gitops_agent_sync_phase_duration_seconds_sum{phase="${phase}"}`);
  expect(["fetch", "trust", "jobs", "again", "settle", "finish"].map(sum)).toEqual([
    0.1,
    0.05,
    0.9,
    0.01,
    undefined,
    undefined,
  ]);
});

it("a sink that fails is shown, with what it has lost", async () => {
  const failed: AgentEvent = { type: "sink.failed", sink: "log", reason: "full" };
  expect((await readAll(follow(failed))).get('gitops_agent_sink_failing{sink="log"}')).toBe(1);
  const all = await readAll(follow(failed, { type: "sink.recovered", sink: "log", lost: 7 }));
  expect(all.get('gitops_agent_sink_failing{sink="log"}')).toBe(0);
  expect(all.get('gitops_agent_sink_lost_events_total{sink="log"}')).toBe(7);
});

it("the Status is shown: one headline, one revision, and nothing for what is not known", async () => {
  const registry = new Registry();
  const metrics = new StatusMetrics(registry);
  metrics.show({ ...inSync, credentials: { count: 2, oldest: "2025-01-01T00:00:00Z", newest: null } });
  const before = await readAll(registry);
  expect(before.get("gitops_agent_in_sync")).toBe(1);
  expect(before.get('gitops_agent_state{state="in-sync"}')).toBe(1);
  expect(before.get('gitops_agent_units{state="active"}')).toBe(
    inSync.units.filter(({ activeState }) => activeState === "active").length,
  );
  expect(before.get("gitops_agent_credentials")).toBe(2);
  expect(before.get("gitops_agent_credentials_oldest_timestamp_seconds")).toBe(1_735_689_600);
  expect(before.has("gitops_agent_credentials_newest_timestamp_seconds")).toBe(false);
  const later = { ...revision, commit: "f".repeat(40) };
  const attempt = {
    phase: "rolled-back",
    cause: "push",
    beganAt: revision.committedAt,
    phaseAt: "",
  } as const;
  const sync = { ...inSync.sync, state: "degraded", applied: later, appliedAt: null, attempt } as const;
  metrics.show({ ...inSync, sync });
  const after = await readAll(registry);
  expect(after.get('gitops_agent_state{state="in-sync"}')).toBe(0);
  expect(after.get('gitops_agent_state{state="degraded"}')).toBe(1);
  expect(after.get('gitops_agent_attempt_phase{phase="rolled-back"}')).toBe(1);
  expect(after.has("gitops_agent_applied_timestamp_seconds")).toBe(false);
  const infos = [...after.keys()].filter((series) => series.startsWith("gitops_agent_info{"));
  expect(infos).toEqual([expect.stringContaining(`commit="${later.commit}"`)]);
});

describe("the number of series does not grow", () => {
  const unit = fc.string({ minLength: 1 }).map((name) => `${name}.service`);
  const commit = fc.string({ minLength: 40, maxLength: 40 });
  const event: fc.Arbitrary<AgentEvent> = fc.oneof(
    unit.map((name): AgentEvent => ({ type: "unit.restarted", unit: name, because: name })),
    unit.map((name): AgentEvent => ({ type: "unit.takenAlong", unit: name, because: name })),
    unit.map((name): AgentEvent => ({ type: "sink.failed", sink: "log", reason: name })),
    commit.map((one): AgentEvent => ({ ...applied, revision: { ...revision, commit: one } })),
    commit.map((one): AgentEvent => ({ ...rejected, revision: { ...revision, commit: one } })),
    fc.constantFrom(entered("fetch"), entered("trust"), entered("jobs"), entered("finish")),
  );

  /** What makes every series that the events below can make. */
  const mostEvents: readonly AgentEvent[] = [
    { type: "sink.failed", sink: "log", reason: "" },
    ...(["fetch", "trust", "jobs"] as const).map(entered),
    applied,
    entered("finish"),
  ];

  it("with events, whatever units and commits they name", async () => {
    const most = (await readAll(follow(...mostEvents))).size;
    await fc.assert(
      fc.asyncProperty(fc.array(event, { maxLength: 200 }), async (events) => {
        expect((await readAll(follow(...mostEvents, ...events))).size).toBe(most);
      }),
      propertyRuns(200),
    );
  });

  it("with units, drift and revisions of the host", async () => {
    const registry = new Registry();
    const metrics = new StatusMetrics(registry);
    metrics.show(inSync);
    const { size } = await readAll(registry);
    const [row] = inSync.units;
    if (row === undefined) throw new Error("the fixture has no unit");
    const units = Array.from({ length: 1_000 }, (_, index) => ({ ...row, name: `u${index}.service` }));
    metrics.show({
      ...inSync,
      units,
      sync: { ...inSync.sync, applied: older },
    });
    expect((await readAll(registry)).size).toBe(size);
  });
});
