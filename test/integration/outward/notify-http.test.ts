/** What each HTTP way of sending asks of a server, and what it makes of the answers. */
import { createHmac } from "node:crypto";
import { chmod, mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer, type IncomingHttpHeaders, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Alert } from "../../../src/core/model/alert.ts";
import type { NotifyWay } from "../../../src/core/model/notify-settings.ts";
import { makeTransport } from "../../../src/outward/notify/make-transport.ts";
import { makeOutgoing } from "../../../src/outward/notify/message-text.ts";
import type { Answered } from "../../../src/outward/notify/transport.ts";

interface Seen {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

type Reply = { readonly status: number; readonly headers?: Record<string, string>; readonly body?: string };

let directory: string;
let server: Server;
let base: string;
let seen: Seen[];
let reply: (request: Seen) => Reply;

beforeEach(async () => {
  directory = await mkdtemp(path.join(tmpdir(), "notify-"));
  seen = [];
  reply = () => ({ status: 200, body: "ok" });
  server = createServer(async (request, response) => {
    let body = "";
    for await (const chunk of request) body += String(chunk);
    const { method = "", url = "", headers } = request;
    const one = { method, path: url, headers, body };
    seen.push(one);
    const { status, headers: answered = {}, body: said = "" } = reply(one);
    response.writeHead(status, answered).end(said);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});

afterEach(async () => {
  server.closeAllConnections();
  server.close();
  await rm(directory, { recursive: true });
});

async function secretFile(name: string, content: string): Promise<string> {
  const file = path.join(directory, name);
  await writeFile(file, `${content}\n`);
  await chmod(file, 0o600);
  return file;
}

const alert: Alert = {
  key: "degraded web.service",
  class: "degraded",
  about: "",
  units: ["web.service"],
  summary: "web.service does not work",
  since: "2026-12-01T11:59:00.000Z",
  reason: "<!channel> @everyone & a\u001b[2Jscreen",
  hint: null,
  command: "gitops-agent status web.service",
};

const over: Alert = { ...alert, key: "degraded db.service", units: ["db.service"] };

const outgoing = makeOutgoing(
  { begun: [alert], still: [], over: [over], missed: 0, silentUntil: null },
  { host: "media-1", channel: "chat", nowMs: Date.now(), nameCommands: (text) => text },
);

async function send(way: NotifyWay): Promise<Answered> {
  const common = { name: "chat", on: [], units: null, repeatMs: 60_000, maxPerHour: null };
  const transport = await makeTransport({ ...common, way });
  await transport.checkSecrets();
  return await transport.send(outgoing, new AbortController().signal);
}

const toWebhook = (url: string, files: { secretFile?: string; tokenFile?: string } = {}) =>
  send({ kind: "webhook", url: { kind: "plain", url }, secretFile: null, tokenFile: null, ...files });

describe("what is sent", () => {
  it("is a signed CloudEvent for a webhook", async () => {
    const secret = await secretFile("secret", "hush");
    const tokenFile = await secretFile("token", "tk_1");
    const answered = await toWebhook(`${base}/hook`, { secretFile: secret, tokenFile });
    expect(answered).toEqual({ outcome: "sent", answer: "HTTP 200: ok" });
    const body = seen[0]?.body ?? "";
    const expected = createHmac("sha256", "hush").update(body).digest("hex");
    expect(seen[0]).toMatchObject({
      method: "POST",
      headers: {
        "content-type": "application/cloudevents+json; charset=utf-8",
        authorization: "Bearer tk_1",
        "x-hub-signature-256": `sha256=${expected}`,
      },
    });
    expect(JSON.parse(body)).toMatchObject({
      specversion: "1.0",
      id: outgoing.id,
      source: "/gitops-agent/media-1",
      type: "gitops-agent.alerts.v1",
      datacontenttype: "application/json",
      data: {
        version: 1,
        host: "media-1",
        begun: { count: 1, alerts: [{ key: "degraded web.service", severity: "critical" }] },
        over: { count: 1 },
      },
    });
  });

  it("is JSON at the server's root for ntfy, with the topic of the URL", async () => {
    const url = await secretFile("url", `${base}/ntfy/secret-topic`);
    await send({ kind: "ntfy", url: { kind: "file", path: url }, tokenFile: null });
    expect(seen[0]).toMatchObject({ method: "POST", path: "/ntfy/" });
    expect(JSON.parse(seen[0]?.body ?? "")).toMatchObject({
      topic: "secret-topic",
      title: "media-1: 2 alerts: 1 new, 1 over",
      priority: 5,
    });
  });

  it("calls nobody and draws nothing in Slack, Mattermost and Discord", async () => {
    const url = await secretFile("url", `${base}/services/T0/B0/x`);
    await send({ kind: "slack", url: { kind: "file", path: url } });
    const { text } = JSON.parse(seen[0]?.body ?? "") as { readonly text: string };
    expect(text).toContain("*media-1: 2 alerts: 1 new, 1 over*");
    expect(text).toContain("&lt;!channel&gt; @\u200beveryone &amp; a\\x1b[2Jscreen");
  });

  it("is put into a Matrix room under the id of the message", async () => {
    const tokenFile = await secretFile("token", "syt_abc");
    await send({ kind: "matrix", url: `${base}/`, room: "!Room:m.org", tokenFile });
    expect(seen[0]).toMatchObject({
      method: "PUT",
      path: `/_matrix/client/v3/rooms/!Room%3Am.org/send/m.room.message/${outgoing.id}`,
      headers: { authorization: "Bearer syt_abc" },
    });
    expect(JSON.parse(seen[0]?.body ?? "")).toMatchObject({ msgtype: "m.text" });
  });

  it("is what begins and what is over for an Alertmanager, each with its end", async () => {
    await send({ kind: "alertmanager", url: `${base}/am/`, tokenFile: null });
    expect(seen[0]?.path).toBe("/am/api/v2/alerts");
    const [first, second] = JSON.parse(seen[0]?.body ?? "") as { labels: object; endsAt: string }[];
    const alertname = "GitopsAgentDegraded";
    expect(first?.labels).toEqual({
      alertname,
      host: "media-1",
      key: "degraded web.service",
      severity: "critical",
      unit: "web.service",
    });
    expect(Date.parse(first?.endsAt ?? "")).toBeGreaterThan(Date.now() + 200_000);
    expect(Date.parse(second?.endsAt ?? "")).toBeLessThanOrEqual(Date.now());
  });
});

describe("an answer", () => {
  it.each<[Reply, Partial<Answered>]>([
    [{ status: 204 }, { outcome: "sent", answer: "HTTP 204" }],
    [{ status: 400, body: "bad" }, { outcome: "refused" }],
    [{ status: 410 }, { outcome: "refused" }],
    [
      { status: 429, headers: { "retry-after": "7" } },
      { outcome: "later", afterMs: 7_000 },
    ],
    [{ status: 408 }, { outcome: "later", afterMs: 30_000 }],
    [
      { status: 503, headers: { "retry-after": "60" } },
      { outcome: "later", afterMs: 60_000 },
    ],
  ])("%j is %j", async (given, expected) => {
    reply = () => given;
    expect(await toWebhook(base)).toMatchObject(expected);
  });

  it("of a failing server, or none at all, is tried again", async () => {
    reply = () => ({ status: 500, body: "oops" });
    await expect(toWebhook(base)).rejects.toThrow(/^127\.0\.0\.1:\d+ answers HTTP 500: oops$/);
    await new Promise((resolve) => server.close(resolve));
    await expect(toWebhook(`${base}/secret-path`)).rejects.toThrow(
      /^127\.0\.0\.1:\d+ does not answer: connect ECONNREFUSED/,
    );
  });

  it("that redirects is not followed, so that no secret goes elsewhere", async () => {
    reply = () => ({ status: 307, headers: { location: `${base}/elsewhere` } });
    const tokenFile = await secretFile("token", "tk_1");
    expect(await toWebhook(base, { tokenFile })).toMatchObject({ outcome: "refused" });
    expect(seen).toHaveLength(1);
  });

  it("that repeats secrets is shown without them, and a wrong login names the file", async () => {
    const tokenFile = await secretFile("token", "tk_very_secret");
    const url = await secretFile("url", `${base}/hooks/abcdefgh12345678?key=querysecret`);
    reply = ({ headers, path: asked }) => ({
      status: 401,
      body: `${headers.authorization} ${asked} abcdefgh12345678`,
    });
    const way: NotifyWay = { kind: "webhook", url: { kind: "file", path: url }, secretFile: null, tokenFile };
    const answered = await send(way);
    expect(answered.outcome).toBe("refused");
    expect(JSON.stringify(answered)).toContain(`(see ${tokenFile})`);
    expect(JSON.stringify(answered)).not.toMatch(/very_secret|abcdefgh|querysecret/);
  });

  it("without end is left after its beginning", async () => {
    reply = () => ({ status: 200, body: "x".repeat(10_000_000) });
    const answered = await toWebhook(base);
    expect(answered.outcome === "sent" && answered.answer.length).toBeLessThan(300);
  });
});

describe("a file with a secret", () => {
  it("is refused by name when others may read it, when it has two lines, or no URL", async () => {
    const file = await secretFile("url", `${base}/x`);
    const way: NotifyWay = { kind: "slack", url: { kind: "file", path: file } };
    await chmod(file, 0o644);
    await expect(send(way)).rejects.toThrow(
      `cannot use the secret in ${file}: its permissions (0644) let other users read it`,
    );
    await chmod(file, 0o600);
    await writeFile(file, "one\ntwo\n");
    await expect(send(way)).rejects.toThrow(`${file} does not hold one secret on one line`);
    await writeFile(file, "hunter2\n");
    await expect(send(way)).rejects.toThrow(`${file} does not hold an http or https URL`);
    await rm(file);
    await expect(send(way)).rejects.toThrow(`cannot use the secret in ${file}: no such file or directory`);
  });
});

describe("a command", () => {
  const command = (...run: readonly string[]) =>
    send({ kind: "command", run, input: "json", timeoutMs: 2_000 });

  it("reads the message from its standard input, and its end decides", async () => {
    const file = path.join(directory, "got");
    expect(await command("/bin/sh", "-c", `cat >${file}`)).toEqual({
      outcome: "sent",
      answer: "exit status 0",
    });
    await expect(command("/bin/sh", "-c", "echo no >&2; exit 3")).rejects.toThrow(
      "ended with exit status 3: no",
    );
    await expect(command("/no/such")).rejects.toThrow("/no/such cannot be started");
    await expect(command("/bin/sleep", "60")).rejects.toThrow("did not end within 2000 ms");
  });
});
