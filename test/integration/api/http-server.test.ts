import { connect } from "node:net";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { AgentServer } from "../../../src/api/server.ts";
import { ApiRig, ask, sendRaw } from "./support.ts";

let rig: ApiRig;

beforeEach(async () => {
  rig = await ApiRig.create();
});

afterEach(async () => {
  await rig.destroy();
});

describe("requests that are not meant", () => {
  let server: AgentServer;

  beforeEach(async () => {
    server = await rig.serve();
  });

  it("for an unknown path are answered 404 with what there is", async () => {
    const reply = await ask(rig.socketPath("status"), "GET", "/v1/secrets?x=1");
    expect(reply.status).toBe(404);
    expect(reply.headers["content-type"]).toContain("application/json");
    expect(reply.body).toEqual({
      version: 1,
      error: {
        code: "not-found",
        message: "there is no /v1/secrets here",
        hint: "this socket knows GET /v1/status, GET /v1/history, GET /v1/unit, GET /v1/events",
      },
    });
  });

  it("cannot change anything over the socket for reading", async () => {
    expect((await ask(rig.socketPath("status"), "POST", "/v1/sync")).status).toBe(404);
  });

  it("with the wrong method are answered 405 with the right one", async () => {
    const reply = await ask(rig.socketPath("control"), "GET", "/v1/sync");
    expect(reply.status).toBe(405);
    expect(reply.headers["allow"]).toBe("POST");
    expect(reply.body).toMatchObject({ version: 1, error: { code: "method-not-allowed" } });
  });

  it("for a sync of a kind that nobody knows are refused, also beside one that is known", async () => {
    const sync = (query: string) => ask(rig.socketPath("control"), "POST", `/v1/sync?${query}`);
    expect((await sync("mode=asked")).status).toBe(200);
    const reply = await sync("mode=allow-prune&mode=allow-everything");
    expect(reply.status).not.toBe(200);
    expect(reply.body).toMatchObject({
      error: { code: "usage", hint: expect.stringContaining("accept-host, allow-prune") },
    });
    expect((await sync("correct=web.service&correct=/etc/a")).status).toBe(200);
    expect((await sync("correct=web.service&correct=etc/a")).body).toMatchObject({
      error: { code: "usage" },
    });
  });

  it("with a body are refused before the body has come", async () => {
    const head = "POST /v1/sync HTTP/1.1\r\nhost: agent\r\ncontent-length: 99999999\r\n\r\n{";
    const reply = await sendRaw(rig.socketPath("control"), head);
    expect(reply).toMatch(/^HTTP\/1\.1 400 /);
    expect(JSON.parse(reply.split("\r\n\r\n")[1] ?? "")).toMatchObject({ error: { code: "bad-request" } });
  });

  it("with endless headers are refused", async () => {
    const reply = await sendRaw(
      rig.socketPath("status"),
      `GET /v1/status HTTP/1.1\r\nhost: agent\r\nx: ${"y".repeat(20_000)}`,
    );
    expect(reply).toMatch(/^HTTP\/1\.1 431 /);
    expect(JSON.parse(reply.split("\r\n\r\n")[1] ?? "")).toMatchObject({
      version: 1,
      error: { code: "bad-request" },
    });
  });

  it("that are not HTTP are refused", async () => {
    expect(await sendRaw(rig.socketPath("status"), "hello\r\n\r\n")).toMatch(/^HTTP\/1\.1 400 /);
  });

  it("that never end are cut", async () => {
    expect(await sendRaw(rig.socketPath("status"), "GET /v1/status HTTP/1.1\r\nhost: agent\r\n")).toMatch(
      /^HTTP\/1\.1 408 /,
    );
  });

  it("do not keep the agent from closing", async () => {
    const connection = connect(rig.socketPath("status"));
    const isCut = new Promise((resolve) => connection.once("close", resolve));
    await new Promise((resolve) => connection.once("connect", resolve));
    connection.write("GET /v1/sta");
    await server.close();
    await isCut;
  });
});
