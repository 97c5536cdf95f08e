/** The listener of integrations, asked over real connections. */
import { once } from "node:events";
import { createServer, type Server } from "node:http";
import { type AddressInfo, connect, type Socket } from "node:net";
import { afterEach, expect, it } from "vitest";
import { makeListen } from "../../../src/cli/compose-listen.ts";
import type { AgentEvent } from "../../../src/core/model/events.ts";
import { HttpListener, sendText } from "../../../src/outward/http-listener.ts";

const opened: HttpListener[] = [];
const clients: Socket[] = [];
afterEach(async () => {
  for (const client of clients.splice(0)) client.destroy();
  await Promise.all(opened.splice(0).map((listener) => listener.close()));
});

async function occupy(): Promise<{ readonly server: Server; readonly port: number }> {
  const server = createServer();
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return { server, port: (server.address() as AddressInfo).port };
}

function makeListener(port: number, sleep: (ms: number, signal: AbortSignal) => Promise<void>) {
  const told: AgentEvent[] = [];
  const listener = new HttpListener({
    name: "metrics",
    listen: makeListen({ kind: "tcp", host: "127.0.0.1", port }, null),
    answer: async ({ url }, response) => {
      if (url === "/bug") throw new Error("a bug");
      sendText(response, 200, "hello\n");
    },
    tell: (event) => told.push(event),
    clock: { now: () => Date.now(), sleep },
  });
  opened.push(listener);
  return { listener, told };
}

it("answers, and reports once what it could not answer, without telling the client why", async () => {
  const { server, port } = await occupy();
  server.close();
  const { listener, told } = makeListener(port, async () => {});
  await listener.open();
  expect(await (await fetch(`http://127.0.0.1:${port}/`)).text()).toBe("hello\n");
  for (const path of ["/bug", "/bug"]) {
    const failed = await fetch(`http://127.0.0.1:${port}${path}`);
    expect([failed.status, await failed.text()]).toEqual([500, "error\n"]);
  }
  expect(told).toEqual([
    { type: "agent.warned", message: "metrics: a request was not answered", reason: "a bug" },
  ]);
});

it("refuses headers that are too long", async () => {
  const { server, port } = await occupy();
  server.close();
  const { listener } = makeListener(port, async () => {});
  await listener.open();
  const { status } = await fetch(`http://127.0.0.1:${port}/`, { headers: { long: "x".repeat(10_000) } });
  expect(status).toBe(431);
});

/** Sends `text`, and reads nothing. */
async function connectTo(port: number, text = ""): Promise<Socket> {
  const socket = connect(port, "127.0.0.1");
  clients.push(socket);
  await once(socket, "connect");
  if (text !== "") socket.write(text);
  return socket;
}

it("closes the connections that are too many", async () => {
  const { server, port } = await occupy();
  server.close();
  const { listener } = makeListener(port, async () => {});
  await listener.open();
  const ends: Promise<unknown>[] = [];
  for (let count = 0; count < 40; count += 1) {
    const socket = await connectTo(port);
    socket.resume();
    ends.push(once(socket, "close"));
  }
  await Promise.race(ends.slice(32));
  const [last] = clients.slice(-1);
  expect(clients.slice(0, 32).every(({ closed }) => !closed)).toBe(true);
  await Promise.all(ends.slice(32));
  expect(last?.closed).toBe(true);
});

it("closes the connection of a client that does not finish its request", async () => {
  const { server, port } = await occupy();
  server.close();
  const { listener } = makeListener(port, async () => {});
  await listener.open();
  const client = await connectTo(port, "GET / HTTP/1.1\r\nHost:");
  client.resume();
  await once(client, "close");
}, 60_000);

it("reports an address that is taken once, and listens when it is free", async () => {
  const { server, port } = await occupy();
  let isFree = () => {};
  const free = new Promise<void>((resolve) => {
    isFree = resolve;
  });
  let tries = 0;
  const { listener, told } = makeListener(port, async (_ms, signal) => {
    tries += 1;
    // The address is still taken at the second try.
    if (tries === 2) await Promise.race([free, once(signal, "abort")]);
  });
  await listener.open();
  expect(told).toEqual([
    { type: "sink.failed", sink: "metrics", reason: expect.stringContaining("EADDRINUSE") },
  ]);
  server.close();
  await once(server, "close");
  isFree();
  while (told.length < 2) await new Promise((resolve) => setImmediate(resolve));
  expect(told[1]).toEqual({ type: "sink.recovered", sink: "metrics", lost: 0 });
  expect((await fetch(`http://127.0.0.1:${port}/`)).status).toBe(200);
});
