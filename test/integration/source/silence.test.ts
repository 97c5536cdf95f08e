/** Servers that do not answer, and callers that do not wait. */
import { createServer, type Server, type Socket } from "node:net";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { everything, neverAborted, openRepository } from "./open-repository.ts";

/** Accepts every connection and never says a word. */
class SilentServer {
  readonly #sockets = new Set<Socket>();
  readonly #server: Server = createServer((socket) => {
    this.#sockets.add(socket);
    socket.on("error", () => {});
    this.onConnection();
  });
  onConnection: () => void = () => {};

  listen(): Promise<void> {
    return new Promise((resolve) => this.#server.listen(0, "127.0.0.1", resolve));
  }

  get port(): number {
    const address = this.#server.address();
    return typeof address === "object" && address !== null ? address.port : 0;
  }

  close(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    return new Promise((resolve) => this.#server.close(() => resolve()));
  }
}

let server: SilentServer;

beforeEach(async () => {
  server = new SilentServer();
  await server.listen();
});

afterEach(() => server.close());

const transports = ["git", "http", "ssh"];

describe("a server that never answers", () => {
  it.each(transports)("ends a fetch over %s when the time is over, and the clone stays", async (scheme) => {
    const { source, repository, reopen } = await openRepository();
    await source.commit({ a: "1" });
    const before = await repository.fetch(neverAborted());

    const url = `${scheme}://127.0.0.1:${server.port}/me/hosts.git`;
    await expect(reopen({ url }, 500).fetch(neverAborted())).rejects.toMatchObject({
      code: "repository-unreachable",
      subject: `${scheme}://127.0.0.1:${server.port}/me/hosts.git`,
      message: expect.stringMatching(/did not answer for 0\.5 s|cannot reach/),
    });
    expect((await repository.readSnapshot(before, everything, neverAborted())).files.size).toBe(1);
  });

  it.each(transports)("does not keep a caller over %s who gives up", async (scheme) => {
    const { reopen } = await openRepository();
    const controller = new AbortController();
    const reason = new Error("going down");
    server.onConnection = () => controller.abort(reason);
    const url = `${scheme}://127.0.0.1:${server.port}/me/hosts.git`;
    await expect(reopen({ url }, 5000).fetch(controller.signal)).rejects.toBe(reason);
  });

  it("is not even asked when the caller has given up before", async () => {
    const { reopen } = await openRepository();
    let connections = 0;
    server.onConnection = () => {
      connections += 1;
    };
    const reason = new Error("going down");
    const url = `git://127.0.0.1:${server.port}/me/hosts.git`;
    await expect(reopen({ url }, 5000).fetch(AbortSignal.abort(reason))).rejects.toBe(reason);
    expect(connections).toBe(0);
  });
});

describe("a server that is not there", () => {
  it.each(transports)("is reported as out of reach over %s", async (scheme) => {
    const { reopen } = await openRepository();
    const url = `${scheme}://127.0.0.1:${server.port}/me/hosts.git`;
    await server.close();
    await expect(reopen({ url }).fetch(neverAborted())).rejects.toMatchObject({
      code: "repository-unreachable",
      message: expect.stringContaining("cannot reach"),
    });
  });

  it("is reported by name when the name does not resolve", async () => {
    const { reopen } = await openRepository();
    await expect(
      reopen({ url: "git@no-such-host.invalid:x.git" }).fetch(neverAborted()),
    ).rejects.toMatchObject({
      message: expect.stringContaining("no-such-host.invalid:x.git"),
      hint: expect.stringContaining("DNS"),
    });
  });
});
