import { describe, expect, it } from "vitest";
import type { AgentEvent } from "../../../src/core/model/events.ts";
import { Delivery, type Sent } from "../../../src/outward/delivery.ts";

const sent: Sent = { outcome: "sent" };

/** A delivery whose pauses end at once, and what it slept, sent and told. */
function makeDelivery(
  send: (item: number) => Promise<Sent>,
  limit = 10,
  keyOf: (item: number) => string | null = () => null,
) {
  const told: AgentEvent[] = [];
  const pauses: number[] = [];
  const delivery = new Delivery<number>({
    name: "queue",
    limit,
    keyOf,
    send,
    tell: (event) => told.push(event),
    clock: {
      now: () => 0,
      sleep: async (ms) => {
        pauses.push(ms);
      },
    },
    random: () => 0.5,
  });
  return { delivery, told, pauses };
}

/** Resolves when nothing waits. */
async function drain(delivery: Delivery<number>): Promise<void> {
  while (delivery.waiting > 0) await new Promise((resolve) => setImmediate(resolve));
}

describe("a delivery", () => {
  it("sends one after the other, in their order", async () => {
    const got: number[] = [];
    let under = 0;
    const { delivery, told } = makeDelivery(async (item) => {
      under += 1;
      expect(under).toBe(1);
      await new Promise((resolve) => setImmediate(resolve));
      under -= 1;
      got.push(item);
      return sent;
    });
    for (const item of [1, 2, 3]) delivery.push(item);
    await drain(delivery);
    expect([got, told]).toEqual([[1, 2, 3], []]);
  });

  it("tries again with longer and longer pauses, and reports the failure and its end once each", async () => {
    let tries = 0;
    const { delivery, told, pauses } = makeDelivery(async () => {
      tries += 1;
      if (tries <= 12) throw new Error("connection refused");
      return sent;
    });
    delivery.push(1);
    await drain(delivery);
    expect(pauses.slice(0, 4)).toEqual([1_000, 2_000, 4_000, 8_000]);
    expect(Math.max(...pauses)).toBe(300_000);
    expect(told).toEqual([
      { type: "sink.failed", sink: "queue", reason: "connection refused" },
      { type: "sink.recovered", sink: "queue", lost: 0 },
    ]);
  });

  it("reports another reason as well, and none twice", async () => {
    const reasons = ["connection lost", "connection refused", "connection refused", "wrong password"];
    let tries = 0;
    const { delivery, told } = makeDelivery(async () => {
      const reason = reasons[tries];
      tries += 1;
      if (reason !== undefined) throw new Error(reason);
      return sent;
    });
    delivery.push(1);
    await drain(delivery);
    expect(told.map((event) => ("reason" in event ? event.reason : event.type))).toEqual([
      "connection lost",
      "connection refused",
      "wrong password",
      "sink.recovered",
    ]);
  });

  it("drops the oldest that is not on its way when too many wait, and counts it", async () => {
    const got: number[] = [];
    let open = () => {};
    const isOpen = new Promise<void>((resolve) => {
      open = resolve;
    });
    const { delivery, told } = makeDelivery(async (item) => {
      await isOpen;
      got.push(item);
      return sent;
    }, 3);
    for (let item = 1; item <= 6; item += 1) delivery.push(item);
    expect(delivery.waiting).toBe(3);
    open();
    await drain(delivery);
    expect(got).toEqual([1, 5, 6]);
    expect(told.at(-1)).toEqual({ type: "sink.recovered", sink: "queue", lost: 3 });
  });

  it("sends only the newest of those that tell of the same thing, without counting the others as lost", async () => {
    const got: number[] = [];
    let open = () => {};
    const isOpen = new Promise<void>((resolve) => {
      open = resolve;
    });
    const { delivery, told } = makeDelivery(
      async (item) => {
        await isOpen;
        got.push(item);
        return sent;
      },
      10,
      (item) => `${item % 10}`,
    );
    for (const item of [11, 21, 2, 31, 12]) delivery.push(item);
    open();
    await drain(delivery);
    expect([got, told]).toEqual([[11, 31, 12], []]);
  });

  it("does not send again what was refused", async () => {
    const tried: number[] = [];
    const { delivery, told } = makeDelivery(async (item) => {
      tried.push(item);
      return item === 1 ? { outcome: "refused", reason: "HTTP 400" } : sent;
    });
    delivery.push(1);
    delivery.push(2);
    await drain(delivery);
    expect(tried).toEqual([1, 2]);
    expect(told).toEqual([
      { type: "sink.failed", sink: "queue", reason: "HTTP 400" },
      { type: "sink.recovered", sink: "queue", lost: 1 },
    ]);
  });

  it("waits as long as the other side asks for, an hour at most, and tries the same again", async () => {
    const asked = [7_000, 86_400_000];
    const { delivery, told, pauses } = makeDelivery(async () => {
      const afterMs = asked.shift();
      return afterMs === undefined ? sent : { outcome: "later", reason: "HTTP 429", afterMs };
    });
    delivery.push(1);
    await drain(delivery);
    expect(pauses).toEqual([7_000, 3_600_000]);
    expect(told).toEqual([
      { type: "sink.failed", sink: "queue", reason: "HTTP 429" },
      { type: "sink.recovered", sink: "queue", lost: 0 },
    ]);
  });

  it("ends after its grace although the other side never answers, and takes nothing any more", async () => {
    const { delivery, told, pauses } = makeDelivery(() => new Promise(() => undefined));
    delivery.push(1);
    await delivery.close(3_000);
    delivery.push(2);
    expect([delivery.waiting, pauses, told]).toEqual([1, [3_000], []]);
  });
});
