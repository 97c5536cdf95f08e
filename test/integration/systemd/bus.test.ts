/** The bus against a dbus-daemon of its own: what connections do when the other side does not behave. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { Bus } from "../../../src/systemd/bus/bus.ts";
import type { MethodCall } from "../../../src/systemd/bus/connection.ts";

let directory: string;
let address: string;
let bus: Bus;
let daemons: ChildProcess[];

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "bus-"));
  address = `unix:path=${directory}/bus`;
  daemons = [await startDaemon()];
  bus = new Bus(address, []);
});
afterEach(async () => {
  await bus.close();
  for (const daemon of daemons) await end(daemon);
  await rm(directory, { recursive: true });
});

/** Listens when this resolves: dbus-daemon prints its address then. */
async function startDaemon(): Promise<ChildProcess> {
  await rm(join(directory, "bus"), { force: true });
  const argv = ["--session", "--nofork", "--nopidfile", "--print-address", `--address=${address}`];
  const daemon = spawn("dbus-daemon", argv, { stdio: ["ignore", "pipe", "ignore"] });
  if (daemon.stdout === null) throw new Error("no output of dbus-daemon");
  const failed = once(daemon, "error").then(([error]) => Promise.reject(error));
  await Promise.race([once(daemon.stdout, "data"), failed]);
  return daemon;
}

async function end(daemon: ChildProcess): Promise<void> {
  if (daemon.exitCode !== null || daemon.signalCode !== null) return;
  daemon.kill("SIGKILL");
  await once(daemon, "exit");
}

function ask(member: string, signature = "", body: readonly unknown[] = []): MethodCall {
  return {
    destination: "org.freedesktop.DBus",
    path: "/org/freedesktop/DBus",
    interface: "org.freedesktop.DBus",
    member,
    signature,
    body,
  };
}

test("connects on the first call, and again after the daemon was killed and started anew", async () => {
  const [first] = await bus.call(ask("GetId"));
  const lost = new Promise<void>((resolve) => bus.listen({ signal: () => {}, lost: resolve }));
  for (const daemon of daemons) await end(daemon);
  await lost;
  await expect(bus.call(ask("GetId"))).rejects.toMatchObject({
    code: "systemd-unreachable",
    failure: "no-bus",
  });
  daemons.push(await startDaemon());
  const [second] = await bus.call(ask("GetId"));
  expect(second).toMatch(/^[0-9a-f]{32}$/u);
  expect(second).not.toBe(first);
});

test("answers a thousand calls at once, each with its own answer", async () => {
  const numbers = Array.from({ length: 1000 }, (_, index) => index);
  const answers = await Promise.all(
    numbers.map((n) =>
      bus.call(ask("NameHasOwner", "s", [n % 2 === 0 ? "org.freedesktop.DBus" : `no.name${n}`])),
    ),
  );
  expect(answers).toEqual(numbers.map((n) => [n % 2 === 0]));
});

test("does not send a call that was aborted while it waited for its turn", async () => {
  const controller = new AbortController();
  const waiting = bus.call(ask("GetId"), { signal: controller.signal });
  controller.abort(new Error("no longer wanted"));
  await expect(waiting).rejects.toThrow("no longer wanted");
});

test("turns an error of the other side into a refusal with its name and words", async () => {
  await expect(bus.call(ask("NoSuchMethod"))).rejects.toMatchObject({
    code: "systemd-refused",
    dbusName: "org.freedesktop.DBus.Error.UnknownMethod",
    reason: expect.stringContaining("NoSuchMethod"),
  });
});

test("tells that systemd is not on this bus instead of waiting for it to be activated", async () => {
  const call = { path: "/", interface: "org.freedesktop.systemd1.Manager", member: "Reload" };
  await expect(bus.call(call)).rejects.toMatchObject({ code: "systemd-unreachable", failure: "absent" });
});

test("gives up on an answer that does not come, and goes on with the next call", async () => {
  const [daemon] = daemons;
  await bus.call(ask("GetId"));
  daemon?.kill("SIGSTOP");
  await expect(bus.call(ask("GetId"), { timeoutMs: 50 })).rejects.toMatchObject({ failure: "timeout" });
  daemon?.kill("SIGCONT");
  expect(await bus.call(ask("GetId"))).toHaveLength(1);
});

test("loses the calls that wait when the daemon dies, and does not die with it", async () => {
  const [daemon] = daemons;
  await bus.call(ask("GetId"));
  daemon?.kill("SIGSTOP");
  const waiting = bus.call(ask("GetId"));
  daemon?.kill("SIGKILL");
  await expect(waiting).rejects.toMatchObject({ code: "systemd-unreachable", failure: "lost" });
});

test("takes a bus that hangs up during the greeting for one that will be back", async () => {
  await Promise.all(daemons.map(end));
  const greetings: string[] = [];
  // Authenticates everybody and then hangs up, as a bus does that is about to go.
  const server = createServer((socket) => {
    socket.on("error", () => {});
    socket.on("data", (data) => {
      greetings.push(data.toString("latin1"));
      if (data.includes("AUTH")) socket.write("OK 1234deadbeef1234deadbeef1234dead\r\n");
      if (data.includes("BEGIN")) socket.end();
    });
  });
  await rm(join(directory, "bus"), { force: true });
  server.listen(join(directory, "bus"));
  await once(server, "listening");
  await expect(bus.call(ask("GetId"))).rejects.toMatchObject({
    code: "systemd-unreachable",
    failure: "absent",
  });
  expect(greetings.join("")).toContain("AUTH EXTERNAL");
  server.close();
});

test("refuses to connect once it is closed, so that nothing holds the process", async () => {
  await bus.call(ask("GetId"));
  await bus.close();
  await expect(bus.call(ask("GetId"))).rejects.toMatchObject({ code: "systemd-unreachable" });
});

test("hears the signals that it has asked for, on this connection and after it was lost", async () => {
  let heard = 0;
  bus.listen({
    signal: ({ member }) => {
      if (member === "NameOwnerChanged") heard += 1;
    },
    lost: () => {},
  });
  // The daemon tells everybody who asked of each connection.
  const meet = async () => {
    const other = new Bus(address, []);
    await other.call(ask("GetId"));
    await other.close();
    await bus.call(ask("GetId"));
  };
  await bus.call(ask("GetId"));
  await meet();
  expect(heard).toBe(0);
  await bus.addRules(["type='signal',member='NameOwnerChanged'"]);
  await meet();
  await expect.poll(() => heard).toBeGreaterThan(0);
  const lost = new Promise<void>((resolve) => bus.listen({ signal: () => {}, lost: resolve }));
  for (const daemon of daemons) await end(daemon);
  await lost;
  daemons.push(await startDaemon());
  await bus.call(ask("GetId"));
  heard = 0;
  await meet();
  await expect.poll(() => heard).toBeGreaterThan(0);
});
