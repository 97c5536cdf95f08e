/** Webhooks as a forge sends them, over real connections. */
import { createHmac } from "node:crypto";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import type { AddressInfo } from "node:net";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { makeListen } from "../../../src/cli/compose-listen.ts";
import { systemClock } from "../../../src/cli/system-clock.ts";
import type { AgentEvent } from "../../../src/core/model/events.ts";
import { Webhook } from "../../../src/outward/webhook/webhook.ts";
import { makeAgentAccess } from "../../support/values/agent-access.ts";

const secret = "a secret that is in no answer";
const push = JSON.stringify({ ref: "refs/heads/main" });
let directory: string;
let webhook: Webhook;
let url: string;
let hints: number;
let told: AgentEvent[];

async function findFreePort(): Promise<number> {
  const server = createServer();
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, "close");
  return port;
}

beforeEach(async () => {
  directory = await mkdtemp(path.join(tmpdir(), "webhook-"));
  const secretFile = path.join(directory, "secret");
  await writeFile(secretFile, `${secret}\n`, { mode: 0o600 });
  const port = await findFreePort();
  [hints, told, url] = [0, [], `http://127.0.0.1:${port}/`];
  webhook = new Webhook({
    listen: makeListen({ kind: "tcp", host: "127.0.0.1", port }, null),
    secretFile,
    jitterMs: 0,
    followed: "refs/heads/main",
    clock: systemClock,
    random: () => 0,
  });
  const hintPush = () => {
    hints += 1;
  };
  await webhook.start(makeAgentAccess({ hintPush, tell: (event) => told.push(event) }));
});

afterEach(async () => {
  await webhook.close();
  await rm(directory, { recursive: true });
});

function sign(body: string): Record<string, string> {
  return { "x-hub-signature-256": `sha256=${createHmac("sha256", secret).update(body).digest("hex")}` };
}

async function post(body: string, headers: Record<string, string>): Promise<readonly [number, string]> {
  const response = await fetch(url, { method: "POST", body, headers });
  return [response.status, await response.text()];
}

it("a signed push is a hint, and the same again is none for now", async () => {
  expect(await post(push, { ...sign(push), "x-github-event": "push" })).toEqual([202, "accepted\n"]);
  while (hints === 0) await new Promise((resolve) => setImmediate(resolve));
  for (let count = 0; count < 50; count += 1) await post(push, sign(push));
  expect(hints).toBe(1);
});

it("what is not for us is no hint", async () => {
  const other = JSON.stringify({ ref: "refs/heads/other" });
  expect(await post(other, { ...sign(other), "x-gitea-event": "push" })).toEqual([200, "ignored\n"]);
  expect(await post("{}", { ...sign("{}"), "x-github-event": "ping" })).toEqual([200, "here\n"]);
  expect(hints).toBe(0);
});

it("what is not signed is refused, and reported once without the secret", async () => {
  for (const headers of [{}, sign("another body"), { "x-gitlab-token": "guess" }]) {
    expect(await post(push, headers)).toEqual([401, "not signed\n"]);
  }
  expect(hints).toBe(0);
  expect(told).toHaveLength(1);
  expect(JSON.stringify(told)).not.toContain(secret);
  expect((await fetch(url)).status).toBe(405);
});

it("what is too large is refused before it is signed", async () => {
  const large = "x".repeat(1024 * 1024 + 1);
  expect(await post(large, sign(large))).toEqual([413, "too large\n"]);
});

it("a secret that others can read is not used", async () => {
  const secretFile = path.join(directory, "open");
  await writeFile(secretFile, secret, { mode: 0o644 });
  const open = new Webhook({
    listen: async () => async () => {},
    secretFile,
    jitterMs: 0,
    followed: null,
    clock: systemClock,
    random: () => 0,
  });
  const start = open.start(makeAgentAccess());
  await expect(start).rejects.toMatchObject({ code: "integration-secret", subject: secretFile });
});
