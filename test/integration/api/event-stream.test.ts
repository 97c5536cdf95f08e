/** Readers of the event stream: many, slow ones, and ones that come again. None of them may cost the agent more than a little. */
import { connect, type Socket } from "node:net";
import { afterEach, beforeEach, expect, it } from "vitest";
import { connectAgent } from "../../../src/api/client.ts";
import type { StreamedEvent } from "../../../src/core/model/streamed-event.ts";
import { pollUntil } from "../../support/machine/poll.ts";
import { ApiRig } from "./support.ts";

let rig: ApiRig;
const sockets: Socket[] = [];
const until = { deadlineMs: 20_000 };

beforeEach(async () => {
  rig = await ApiRig.create();
  await rig.serve();
});

afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.destroy();
  await rig.destroy();
});

function say(reason: string): void {
  rig.events.emit({ type: "agent.warned", message: "m", reason });
}

function openRaw(): Socket {
  const socket = connect(rig.socketPath("status"));
  socket.write("GET /v1/events HTTP/1.1\r\nhost: x\r\n\r\n");
  sockets.push(socket);
  return socket;
}

it("fifty readers get each event, and one that does not read is cut off and holds nobody up", async () => {
  const agent = connectAgent(rig.runtimeDirectory);
  const stop = new AbortController();
  const counts = new Map<number, number>();
  const following = Array.from({ length: 50 }, (_, reader) =>
    agent.followEvents(
      { after: null, follow: true, onEvent: () => counts.set(reader, (counts.get(reader) ?? 0) + 1) },
      stop.signal,
    ),
  );
  const stuck = openRaw();
  stuck.pause();
  say("first");
  await pollUntil("all readers to have the first event", async () => counts.size === 50, until);
  const before = process.memoryUsage().arrayBuffers;
  for (let number = 0; number < 4_000; number += 1) {
    say("x".repeat(900));
    if (number % 100 === 0) await new Promise((resolve) => setImmediate(resolve));
  }
  await pollUntil(
    "all readers to have all events",
    async () => [...counts.values()].every((count) => count === 4_001),
    until,
  );
  // Unread, the stuck reader's events would be 4 MB; it was cut off at one.
  await pollUntil(
    "the stuck reader to be cut off",
    async () => {
      stuck.resume();
      return stuck.destroyed || stuck.readableEnded;
    },
    until,
  );
  expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(64 * 1024 * 1024);
  stop.abort();
  await Promise.all(following);
  expect(rig.reported).toEqual([]);
});

it("a reader that comes again misses nothing, and one that does not follow ends after what is kept", async () => {
  const agent = connectAgent(rig.runtimeDirectory);
  const got: StreamedEvent[] = [];
  const read = (after: StreamedEvent | null) =>
    agent.followEvents(
      { after, follow: false, onEvent: (event) => got.push(event) },
      new AbortController().signal,
    );
  say("a");
  say("b");
  await read(null);
  say("c");
  await read(got.at(-1) ?? null);
  expect(got.map(({ fields }) => fields["reason"])).toEqual(["a", "b", "c"]);
});

it("too many streams are refused, and leave room for questions", async () => {
  const open = Array.from({ length: 70 }, openRaw);
  const answers = await Promise.all(
    open.map(
      (socket) =>
        new Promise<string>((resolve) => socket.once("data", (chunk) => resolve(String(chunk).slice(0, 12)))),
    ),
  );
  expect(answers.filter((line) => line === "HTTP/1.1 200")).toHaveLength(64);
  expect(answers.filter((line) => line === "HTTP/1.1 503")).toHaveLength(6);
  const status = await connectAgent(rig.runtimeDirectory).readStatus(new AbortController().signal);
  expect(status.version).toBe(1);
});
