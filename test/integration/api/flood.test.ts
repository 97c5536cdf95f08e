/** Readers who ask for too much, too slowly, or do not read what they asked for. */
import { connect, type Socket } from "node:net";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { connectAgent } from "../../../src/api/client.ts";
import { ApiRig, ask, patience, status } from "./support.ts";

const request = "GET /v1/status HTTP/1.1\r\nhost: agent\r\n\r\n";
/** More than status.sock takes at once. */
const crowd = 120;

let rig: ApiRig;
let clients: Socket[];

beforeEach(async () => {
  rig = await ApiRig.create();
  clients = [];
});

afterEach(async () => {
  for (const client of clients) client.destroy();
  await rig.destroy();
});

interface Client {
  readonly socket: Socket;
  /** Everything that comes until the connection ends, in whatever way. */
  readonly received: Promise<string>;
}

async function join(bytes: string): Promise<Client> {
  const socket = connect(rig.socketPath("status"));
  clients.push(socket);
  let text = "";
  socket.on("data", (chunk) => {
    text += chunk;
  });
  socket.on("error", () => undefined);
  const received = new Promise<string>((resolve) => socket.once("close", () => resolve(text)));
  await new Promise((resolve) => socket.once("connect", resolve));
  socket.write(bytes);
  return { socket, received };
}

function count(text: string, part: string): number {
  return text.split(part).length - 1;
}

/** Status requests that end when the test says so, each with its number as the name of the host. */
function makeReads() {
  const ends: (() => void)[] = [];
  const readStatus = () =>
    new Promise<typeof status>((resolve) => {
      const host = `run-${ends.length + 1}`;
      ends.push(() => resolve({ ...status, host }));
    });
  return { ends, readStatus };
}

describe("a connection", () => {
  it("gets one answer, whatever is pipelined behind its first request", async () => {
    let reads = 0;
    await rig.serve({
      readStatus: async () => {
        reads += 1;
        return status;
      },
    });
    const text = await (await join(request.repeat(500))).received;
    expect(count(text, "HTTP/1.1")).toBe(1);
    expect(text).toMatch(/^HTTP\/1\.1 200 /);
    expect(reads).toBe(1);
  });

  it("is not read any further while its answer is made", async () => {
    const { ends, readStatus } = makeReads();
    await rig.serve({ readStatus });
    const { socket, received } = await join(request);
    await vi.waitFor(() => expect(ends).toHaveLength(1));
    const flood = Buffer.from(request.repeat(400_000));
    socket.write(flood);
    // Another reader is served meanwhile, so the agent had every chance to read.
    const other = ask(rig.socketPath("status"), "GET", "/v1/history");
    expect((await other).status).toBe(200);
    expect(socket.bytesWritten - socket.writableLength).toBeLessThan(1024 * 1024);
    ends[0]?.();
    expect(await received).toContain("run-1");
  });

  it("is cut when the client does not read its answer", async () => {
    const warnings = [`web.service: ${"w".repeat(4 * 1024 * 1024)}`];
    await rig.serve({ readStatus: async () => ({ ...status, warnings }) });
    const { socket } = await join("");
    socket.pause();
    socket.write(request);
    const isCut = () => {
      socket.write("x");
      expect(socket.destroyed).toBe(true);
    };
    await vi.waitFor(isCut, { timeout: 30_000, interval: 200 });
  });

  it("may be closed for writing by a client that has asked", async () => {
    const { ends, readStatus } = makeReads();
    await rig.serve({ readStatus });
    const { socket, received } = await join(request);
    socket.end();
    await vi.waitFor(() => expect(ends).toHaveLength(1));
    ends[0]?.();
    expect(await received).toContain("run-1");
  });
});

describe("many readers", () => {
  it("share a status, and none gets one that is older than its own request", async () => {
    const { ends, readStatus } = makeReads();
    await rig.serve({ readStatus });
    const first = await join(request);
    await vi.waitFor(() => expect(ends).toHaveLength(1));
    const later = await Promise.all(Array.from({ length: 20 }, () => join(request)));
    // Their requests have arrived when one that came after them is answered.
    await ask(rig.socketPath("status"), "GET", "/v1/nothing");
    ends[0]?.();
    expect(await first.received).toContain("run-1");
    await vi.waitFor(() => expect(ends).toHaveLength(2));
    ends[1]?.();
    for (const { received } of later) expect(await received).toContain("run-2");
    expect(ends).toHaveLength(2);
  });

  it("that keep status.sock full do not keep root from reading, and the log says it once", async () => {
    await rig.serve();
    const slow = await Promise.all(Array.from({ length: crowd }, () => join("GET /v1/sta")));
    await Promise.race(slow.map(({ received }) => received));
    const client = connectAgent(rig.runtimeDirectory);
    expect(await client.readStatus(patience)).toEqual(status);
    expect((await client.readHistory(patience)).entries).toHaveLength(1);
    expect(rig.reported.map(String)).toEqual([
      "Error: status.sock had too many connections at once; some were turned away",
    ]);
  });
});
