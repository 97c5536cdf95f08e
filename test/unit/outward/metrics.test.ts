/** What Prometheus gets to see of the events and the Status of an agent. */
import { Registry } from "prom-client";
import { expect, it } from "vitest";
import type { AgentEvent } from "../../../src/core/model/events.ts";
import { EventMetrics } from "../../../src/outward/metrics/event-metrics.ts";
import { StatusMetrics } from "../../../src/outward/metrics/status-metrics.ts";
import { inSync, revision } from "../../support/values/status-fixture.ts";

/** The value of one series, as it is exposed; undefined when it is absent. */
async function read(registry: Registry, series: string): Promise<number | undefined> {
  const line = (await registry.metrics()).split("\n").find((one) => one.startsWith(`${series} `));
  return line === undefined ? undefined : Number(line.slice(series.length + 1));
}

const applied: AgentEvent = { type: "revision.applied", revision, durationMs: 1_200, interrupted: 1 };

it("counts what the agent does, from 0 on", async () => {
  const registry = new Registry();
  const metrics = new EventMetrics(registry, () => 0);
  expect(await read(registry, 'gitops_agent_syncs_total{result="applied"}')).toBe(0);
  metrics.take(applied);
  metrics.take({ type: "unit.restarted", unit: "web.service", because: "changed in git" });
  metrics.take({ type: "repository.polled", revision, news: false });
  expect(await read(registry, 'gitops_agent_syncs_total{result="applied"}')).toBe(1);
  expect(await read(registry, 'gitops_agent_unit_actions_total{action="restart"}')).toBe(1);
  expect(await read(registry, 'gitops_agent_polls_total{result="answered"}')).toBe(1);
  expect(await read(registry, "gitops_agent_sync_duration_seconds_sum")).toBe(1.2);
});

it("measures the phases of rounds that attempt a revision, and not those of polls", async () => {
  const registry = new Registry();
  let nowMs = 0;
  const metrics = new EventMetrics(registry, () => nowMs);
  const pass = (phases: readonly ["fetch" | "jobs" | "finish", number][], event?: AgentEvent) => {
    for (const [phase, ms] of phases) {
      if (phase === "finish" && event !== undefined) metrics.take(event);
      metrics.take({ type: "round.entered", phase });
      nowMs += ms;
    }
  };
  pass([
    ["fetch", 40_000],
    ["finish", 60_000],
  ]);
  pass(
    [
      ["fetch", 100],
      ["jobs", 700],
      ["fetch", 200],
      ["finish", 60_000],
    ],
    applied,
  );
  const sum = (phase: string) =>
    read(registry, `gitops_agent_sync_phase_duration_seconds_sum{phase="${phase}"}`);
  expect([await sum("fetch"), await sum("jobs"), await sum("finish")]).toEqual([0.3, 0.7, undefined]);
});

it("counts what a sink has lost, and shows whether it works", async () => {
  const registry = new Registry();
  const metrics = new EventMetrics(registry, () => 0);
  metrics.take({ type: "sink.failed", sink: "log", reason: "full" });
  expect(await read(registry, 'gitops_agent_sink_failing{sink="log"}')).toBe(1);
  metrics.take({ type: "sink.recovered", sink: "log", lost: 7 });
  expect(await read(registry, 'gitops_agent_sink_failing{sink="log"}')).toBe(0);
  expect(await read(registry, 'gitops_agent_sink_lost_events_total{sink="log"}')).toBe(7);
});

it("shows the Status: one headline, one revision, and nothing for what is not known", async () => {
  const registry = new Registry();
  const metrics = new StatusMetrics(registry);
  metrics.show(inSync);
  expect(await read(registry, "gitops_agent_in_sync")).toBe(1);
  expect(await read(registry, 'gitops_agent_state{state="in-sync"}')).toBe(1);
  expect(await read(registry, 'gitops_agent_units{state="active"}')).toBe(
    inSync.units.filter(({ activeState }) => activeState === "active").length,
  );
  const later = { ...revision, commit: "f".repeat(40) };
  const sync = { ...inSync.sync, state: "degraded", applied: later, appliedAt: null } as const;
  metrics.show({ ...inSync, sync });
  expect(await read(registry, 'gitops_agent_state{state="in-sync"}')).toBe(0);
  expect(await read(registry, 'gitops_agent_state{state="degraded"}')).toBe(1);
  expect(await read(registry, "gitops_agent_applied_timestamp_seconds")).toBeUndefined();
  const infos = (await registry.metrics())
    .split("\n")
    .filter((line) => line.startsWith("gitops_agent_info{"));
  expect(infos).toEqual([expect.stringContaining(`commit="${later.commit}"`)]);
});
