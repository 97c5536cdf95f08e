/** Alerts, as they arrive at real servers while things go wrong on a real host. */
import { createHmac } from "node:crypto";
import { beforeAll, expect, it } from "vitest";
import { AgentHost } from "../support/hosts/agent-host.ts";
import { LeakScan, makeNeedle } from "../support/leak/scan.ts";
import { describeOnEachPeerRoot } from "../support/machine/each-root.ts";
import { AlertPeers } from "../support/peers/alert-peers.ts";
import { sleeper } from "../support/texts/unit-texts.ts";

const secrets = {
  webhook: makeNeedle("webhook-key"),
  ntfy: makeNeedle("ntfy-token"),
  slack: makeNeedle("slack-url"),
  matrix: makeNeedle("matrix-token"),
  mail: makeNeedle("mail-password"),
  denied: makeNeedle("denied-token"),
};

/** A message waits ten seconds for others. */
const deadlineMs = 60_000;

const agentYaml = `
notify:
  - alertmanager: { url: http://127.0.0.1:9093 }
  - webhook: { url: http://127.0.0.1:8080/hook, secret-file: /etc/gitops-agent/webhook.key }
  - ntfy: { url: http://127.0.0.1:8080/hosts, token-file: /etc/gitops-agent/ntfy.token }
  - slack: { url-file: /etc/gitops-agent/slack.url }
  - matrix: { url: http://127.0.0.1:8080, room: "!ops:example.org", token-file: /etc/gitops-agent/matrix.token }
  - email:
      server: localhost
      port: 2525
      ca-file: /srv/mail/cert.pem
      user: agent
      password-file: /etc/gitops-agent/mail.password
      from: agent@example.org
      to: [ops@example.org]
  - command: { run: [/bin/sh, -c, "cat >>/run/told.txt"], input: text }
    units: ["db*"]
    on: [degraded]
  - webhook: { url: http://127.0.0.1:8080/denied, token-file: /etc/gitops-agent/denied.token }
    name: denied
    on: [degraded]
`;

interface CloudEvent {
  readonly id: string;
  readonly data: {
    readonly title: string;
    readonly text: string;
    readonly begun: { readonly count: number; readonly alerts: readonly { readonly key: string }[] };
    readonly over: { readonly count: number };
  };
}

describeOnEachPeerRoot("alerts", (boot) => {
  let host: AgentHost;
  let peers: AlertPeers;

  beforeAll(async () => {
    host = await AgentHost.boot(boot, { interval: "1h", agentYaml });
    const { machine } = host;
    peers = new AlertPeers(machine);
    const secretFiles = {
      "webhook.key": secrets.webhook.text,
      "ntfy.token": secrets.ntfy.text,
      "slack.url": `http://127.0.0.1:8080/services/${secrets.slack.text}`,
      "matrix.token": secrets.matrix.text,
      "mail.password": secrets.mail.text,
      "denied.token": secrets.denied.text,
    };
    for (const [name, text] of Object.entries(secretFiles)) {
      await machine.writeFile(`/etc/gitops-agent/${name}`, `${text}\n`, 0o600);
    }
    await peers.startRecorder();
    await peers.startMail(secrets.mail.text);
    await peers.startAlertmanager();
    await host.start();
    const files = Array.from({ length: 1_000 }, (_, at) => [`files/etc/many/${at}.conf`, `${at}\n`] as const);
    const units = { "units/web.service": sleeper(), "units/db.service": sleeper() };
    await host.deploy({ ...units, ...Object.fromEntries(files) });
  });

  async function events(): Promise<readonly CloudEvent[]> {
    return (await peers.requests("/hook")).map(({ body }) => JSON.parse(body) as CloudEvent);
  }

  /** The message after the first `count` ones. */
  async function nextEvent(count: number): Promise<CloudEvent["data"]> {
    const what = `message ${count + 1}`;
    return host.machine.waitFor(what, async () => (await events())[count]?.data, deadlineMs);
  }

  /** @param wanted how many alerts of each name Alertmanager has to have */
  async function waitUntilFiring(wanted: Readonly<Record<string, number>>): Promise<void> {
    const what = `Alertmanager to have ${JSON.stringify(wanted)}`;
    await host.machine.waitFor(
      what,
      async () => {
        const names = (await peers.firing()).map(({ alertname }) => alertname ?? "").sort();
        const counts = [...new Set(names)].map((name) => [name, names.filter((one) => one === name).length]);
        return JSON.stringify(Object.fromEntries(counts)) === JSON.stringify(wanted);
      },
      deadlineMs,
    );
  }

  it("reach everybody when they are tested, and who refuses is named with the file that is wrong", async () => {
    const { stdout, exitCode } = await host.run("notify", "test");
    expect(exitCode).toBe(3);
    expect(stdout.trim().split("\n")).toEqual([
      "alertmanager: sent: HTTP 200",
      "webhook: sent: HTTP 200: ok",
      "ntfy: sent: HTTP 200: ok",
      "slack: sent: HTTP 200: ok",
      'matrix: sent: HTTP 200: {"event_id":"$1"}',
      "email: sent: 250 taken",
      "command: sent: exit status 0",
      "denied (webhook): not sent: 127.0.0.1:8080 answers HTTP 401: /denied Bearer [not shown] (see /etc/gitops-agent/denied.token)",
    ]);
    expect((await peers.mails())[0]).toMatchObject({ tls: true, login: true, to: ["ops@example.org"] });
    expect((await host.run("notify", "test", "--to", "ntfy")).exitCode).toBe(0);
    expect((await host.run("notify", "test", "--to", "nobody")).exitCode).toBe(2);
    await host.machine.shell("rm /run/recorder.jsonl /run/told.txt");
  });

  /** Waits until so many alerts have begun, or are over, in all messages after the first `count`; resolves to these messages. */
  async function eventsWith(what: "begun" | "over", count: number, alerts: number) {
    return await host.machine.waitFor(
      `${alerts} alerts to be told as ${what}`,
      async () => {
        const news = (await events()).slice(count).map(({ data }) => data);
        const told = news.reduce((sum, data) => sum + data[what].count, 0);
        return told === alerts ? news : undefined;
      },
      deadlineMs,
    );
  }

  it("are a message or two for a thousand that begin together, and for their end, on each way", async () => {
    await host.machine.shell("cp -a /etc/many /root/many; rm /etc/many/*; systemctl stop db.service");
    const begun = await eventsWith("begun", 0, 1_001);
    const [longest = ""] = begun.map(({ text }) => text).sort((one, other) => other.length - one.length);
    expect(longest).toMatch(/and \d+ more/);
    expect(begun.map(({ text }) => text).join("\n")).toContain("run: gitops-agent status db.service");
    await waitUntilFiring({ GitopsAgentDegraded: 1, GitopsAgentDrift: 1_000, GitopsAgentTest: 1 });
    await host.machine.shell("cp -a /root/many /etc/; systemctl start db.service");
    const over = await eventsWith("over", begun.length, 1_001);
    await waitUntilFiring({ GitopsAgentTest: 1 });
    // A machine that is slow may take longer than what is gathered into one.
    expect(Math.max(begun.length, over.length)).toBeLessThanOrEqual(3);
    const countOver = (texts: readonly string[]) =>
      texts.reduce((sum, text) => sum + Number(/(\d+) over/.exec(text)?.[1] ?? 0), 0);
    await host.machine.waitFor(
      "all mails",
      async () => countOver((await peers.mails()).map(({ text }) => text)) === 1_001,
      deadlineMs,
    );
    for (const path of [/^\/$/, /^\/services\//, /^\/_matrix\//]) {
      const requests = (await peers.requests("/")).filter(({ url }) => path.test(url));
      expect([path, countOver(requests.map(({ body }) => body))]).toEqual([path, 1_001]);
    }
    const told = await host.machine.readFile("/run/told.txt");
    expect(told.match(/^h1: .*$/gm)).toEqual(["h1: db.service does not work"]);
  });

  it("are signed for a webhook, so that a receiver can check them", async () => {
    const [request] = await peers.requests("/hook");
    const signature = createHmac("sha256", secrets.webhook.text).update(request?.body ?? "");
    expect(request?.headers["x-hub-signature-256"]).toBe(`sha256=${signature.digest("hex")}`);
    expect(request?.headers["content-type"]).toContain("application/cloudevents+json");
  });

  it("outlive a server that is away and an agent that is killed, while syncs go on", async () => {
    const { machine } = host;
    const before = (await events()).length;
    const mailsBefore = (await peers.mails()).length;
    await peers.stopRecorder();
    await machine.check(["systemctl", "stop", "db.service"]);
    const failed =
      'sink.failed sink="notify webhook" reason="127.0.0.1:8080 does not answer: connect ECONNREFUSED 127.0.0.1:8080"';
    await machine.waitFor("the report", async () => (await host.journal()).includes(failed), deadlineMs);
    await host.deploy({ "units/web.service": sleeper("Environment=V=2\n") });
    await machine.check(["systemctl", "kill", "--signal=KILL", "gitops-agent"]);
    await peers.startRecorder();
    await host.start();
    expect((await nextEvent(before)).title).toBe("h1: db.service does not work");
    await machine.check(["systemctl", "stop", "gitops-agent"]);
    await machine.check(["systemctl", "start", "db.service"]);
    await host.start();
    expect((await nextEvent(before + 1)).title).toBe("h1: over: db.service does not work");
    // The mail server had the beginning before the kill, and has it once.
    await machine.waitFor(
      "the mail of the end",
      async () => (await peers.mails()).length === mailsBefore + 2,
      deadlineMs,
    );
    const mails = (await peers.mails()).map(({ text }) => /^Subject: (.*?)\r?$/m.exec(text)?.[1]);
    expect(mails.slice(mailsBefore)).toEqual([
      "h1: db.service does not work",
      "h1: over: db.service does not work",
    ]);
  });

  it("have no secret in them, and leave none in the log, in the state or with the processes", async () => {
    const { machine } = host;
    const scan = new LeakScan(Object.values(secrets));
    expect(await host.journal()).toMatch(
      /sink="notify denied" reason=.*see \/etc\/gitops-agent\/denied.token/,
    );
    const pid = await machine.check(["systemctl", "show", "--property=MainPID", "--value", "gitops-agent"]);
    const texts = {
      journal: await machine.check(["journalctl", "--unit=gitops-agent", "--output=export"]),
      state: await machine.shell("cat /var/lib/gitops-agent/*.json"),
      events: (await host.run("events", "--json")).stdout,
      process: await machine.shell(`cat /proc/${pid}/cmdline /proc/${pid}/environ | tr '\\0' '\\n'`),
      messages: (await peers.requests("/")).map(({ body }) => body).join("\n"),
      mails: JSON.stringify(await peers.mails()),
    };
    expect(texts.messages.length).toBeGreaterThan(1_000);
    expect(Object.entries(texts).flatMap(([place, text]) => scan.searchText(text, place))).toEqual([]);
    expect(await machine.check(["stat", "--format=%a", "/var/lib/gitops-agent/alerts.json"])).toBe("600");
  });
});
