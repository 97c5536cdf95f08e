/** The last events of the agent: what a reader gets that comes late, comes again, or comes after a restart. */
import { expect, it } from "vitest";
import type { StreamedEvent } from "../../../src/core/model/streamed-event.ts";
import { EventRing } from "../../../src/telemetry/event-ring.ts";

const run = "2026-01-01T00:00:00.000Z";

function ringWith(count: number): EventRing {
  const ring = new EventRing(run, () => 0);
  for (let number = 1; number <= count; number += 1)
    ring.emit({ type: "agent.stopped", reason: `${number}` });
  return ring;
}

it("a reader that comes again gets what it has missed, and one of another run all that is kept", () => {
  const ring = ringWith(5);
  expect(ring.listAfter({ run, id: 3 }).map(({ id }) => id)).toEqual([4, 5]);
  expect(ring.listAfter({ run: "2025-12-31T00:00:00.000Z", id: 3 })).toHaveLength(5);
  expect(ring.listAfter(null)).toHaveLength(5);
  expect(ring.listAfter({ run, id: 5 })).toEqual([]);
});

it("only the last thousand are kept", () => {
  const events = ringWith(1_500).listAfter(null);
  expect([events.length, events[0]?.id, events.at(-1)?.id]).toEqual([1_000, 501, 1_500]);
});

it("fewer are kept when they are long, so that a reader never gets more than half a MiB at once", () => {
  const ring = new EventRing(run, () => 0);
  const reason = "x".repeat(1_000);
  for (let number = 1; number <= 1_000; number += 1)
    ring.emit({ type: "agent.warned", message: reason, reason });
  const kept = ring.listAfter(null);
  expect(kept.at(-1)?.id).toBe(1_000);
  const length = JSON.stringify(kept).length;
  expect(length).toBeLessThan(514 * 1024);
  expect(length).toBeGreaterThan(500 * 1024);
});

it("who listens gets each new event once, until it stops", () => {
  const ring = ringWith(1);
  const got: StreamedEvent[] = [];
  const stop = ring.listen((event) => got.push(event));
  ring.emit({ type: "agent.stopped", reason: "a" });
  stop();
  ring.emit({ type: "agent.stopped", reason: "b" });
  expect(got).toMatchObject([{ id: 2, event: "agent.stopped", level: "notice", fields: { reason: "a" } }]);
});

it("what comes at every poll is left out, and long texts are cut", () => {
  const ring = new EventRing(run, () => 0);
  const revision = { branch: "main", commit: "a".repeat(40), subject: "s", author: "a", committedAt: run };
  ring.emit({ type: "repository.polled", revision, news: false });
  ring.emit({ type: "round.entered", phase: "fetch" });
  ring.emit({ type: "round.entered", phase: "finish" });
  ring.emit({ type: "agent.warned", message: "m", reason: "x".repeat(5_000) });
  expect(ring.listAfter(null).map(({ fields }) => String(fields["reason"]).length)).toEqual([1_000]);
});
