/** A forge on both sides: its webhooks make a push act at once, and it is told what became of each commit. */
import { createHmac } from "node:crypto";
import { beforeAll, expect, it } from "vitest";
import { AgentHost } from "../support/hosts/agent-host.ts";
import { describeOnEachRoot } from "../support/machine/each-root.ts";
import { sleeper } from "../support/texts/unit-texts.ts";

const secret = "w3bh00k-s3cr3t";
const token = "t0ken-of-the-forge";
const received = "/run/forge.log";
/** Records each request to Gitea's API as one line of JSON, and answers as Gitea does. */
const forge = `
const fs = require("node:fs");
require("node:http").createServer((request, response) => {
  let body = "";
  request.on("data", (chunk) => { body += chunk; });
  request.on("end", () => {
    const authorization = request.headers.authorization;
    fs.appendFileSync("${received}", JSON.stringify({ url: request.url, authorization, body: JSON.parse(body) }) + "\\n");
    response.writeHead(201, { "content-type": "application/json" }).end("{}");
  });
}).listen(3000, "127.0.0.1");
`;

interface Received {
  readonly url: string;
  readonly authorization: string;
  readonly body: { readonly state: string; readonly context: string; readonly description: string };
}

/** Machines are slow when many run. */
const patienceMs = 120_000;

describeOnEachRoot("a forge", (boot) => {
  let host: AgentHost;

  const waitFor = <T>(what: string, probe: () => Promise<T | undefined | false>) =>
    host.machine.waitFor(what, probe, patienceMs);

  beforeAll(async () => {
    // The repository is remote for the agent: a push to one of this host would be seen by a watch.
    host = await AgentHost.boot(boot, {
      interval: "1h",
      repositoryUrl: "git://127.0.0.1/hosts.git",
      agentYaml: [
        "webhook: { secret-file: /etc/gitops-agent/webhook-secret, jitter: 0s }",
        "commit-status: { forge: gitea, token-file: /etc/gitops-agent/forge-token, api-url: 'http://127.0.0.1:3000/api/v1', project: ops/hosts }",
      ].join("\n"),
    });
    await host.machine.writeFile("/etc/gitops-agent/webhook-secret", `${secret}\n`, 0o600);
    await host.machine.writeFile("/etc/gitops-agent/forge-token", `${token}\n`, 0o600);
    await host.machine.writeFile("/usr/local/lib/forge.cjs", forge);
    await startForge();
    const daemon = [
      "git",
      "daemon",
      "--base-path=/srv",
      "--export-all",
      "--listen=127.0.0.1",
      "--reuseaddr",
      "--verbose",
    ];
    await host.machine.check(["systemd-run", "--unit=git-daemon", "--collect", ...daemon]);
    await host.machine.check(["systemctl", "start", "gitops-agent-webhook.socket"]);
    await host.push({ "units/web.service": sleeper() });
    await host.start();
    await waitFor("the first sync", async () => (await host.status()).sync.state === "in-sync");
  });

  async function startForge(): Promise<void> {
    await host.machine.check([
      "systemd-run",
      "--unit=forge",
      "--collect",
      "node",
      "/usr/local/lib/forge.cjs",
    ]);
  }

  async function post(body: string, ...headers: readonly string[]): Promise<string> {
    const fields = headers.flatMap((header) => ["--header", header]);
    const argv = ["curl", "--silent", "--output", "/dev/null", "--write-out", "%{http_code}", ...fields];
    return await host.machine.check([...argv, "--data-binary", "@-", "http://127.0.0.1:9639/"], {
      stdin: body,
    });
  }

  function sign(body: string): string {
    return `X-Gitea-Signature: ${createHmac("sha256", secret).update(body).digest("hex")}`;
  }

  /** Resolves to what the forge was told of a commit last, when that is this. */
  async function waitForStatus(commit: string, state: string, description = /./): Promise<Received> {
    return await waitFor(`${commit.slice(0, 7)} to be ${state} (${description})`, async () => {
      const lines = (await host.machine.readFile(received)).trim().split("\n");
      const all = lines.map((line) => JSON.parse(line) as Received).filter(({ url }) => url.endsWith(commit));
      const last = all.at(-1);
      return last?.body.state === state && description.test(last.body.description) ? last : undefined;
    });
  }

  const pushed = JSON.stringify({ ref: "refs/heads/main" });

  it("makes a push act at once by a signed webhook, through systemd's socket, and nothing else does", async () => {
    const commit = await host.push({ "units/web.service": sleeper("Environment=V=2\n") });
    expect(await post(pushed)).toBe("401");
    expect(await post(pushed, sign("another body"))).toBe("401");
    const elsewhere = JSON.stringify({ ref: "refs/heads/elsewhere" });
    expect(await post(elsewhere, sign(elsewhere), "X-Gitea-Event: push")).toBe("200");
    expect((await host.status()).sync.attempted?.commit).not.toBe(commit);
    expect(await post(pushed, sign(pushed), "X-Gitea-Event: push")).toBe("202");
    const status = await host.waitUntilAttempted(commit);
    expect(status.sync.applied?.commit).toBe(commit);
    const journal = await host.journal();
    expect(journal).toContain("a webhook was refused");
    expect(journal).not.toContain(secret);
  });

  it("is told of a commit that works, one that is refused and one that was undone", async () => {
    const applied = (await host.status()).sync.applied?.commit ?? "";
    const told = await waitForStatus(applied, "success");
    expect(told.url).toBe(`/api/v1/repos/ops/hosts/statuses/${applied}`);
    expect(told.authorization).toBe(`token ${token}`);
    expect(told.body.context).toBe("gitops-agent/h1");
    const refused = await host.push({ "units/web.service": "[Service\n" });
    await post(pushed, sign(pushed));
    await waitForStatus(refused, "failure", /^was refused: /);
    const failing = "[Service]\nType=oneshot\nExecStart=/bin/false\n[Install]\nWantedBy=multi-user.target\n";
    const undone = await host.push({ "units/web.service": sleeper(), "units/bad.service": failing });
    await post(pushed, sign(pushed));
    await waitForStatus(undone, "failure", /^was undone: .*bad\.service/);
  });

  it("that is away holds up nothing, and is told the last state when it is back", async () => {
    await host.machine.check(["systemctl", "stop", "forge"]);
    await host.push({ "units/web.service": sleeper("Environment=V=4\n"), "units/bad.service": null });
    expect((await host.run("sync")).exitCode).toBe(0);
    const commit = (await host.status()).sync.applied?.commit ?? "";
    await waitFor("the failure to be told", async () =>
      /sink\.failed sink="commit status"/.test(await host.journal()),
    );
    await startForge();
    await waitForStatus(commit, "success");
    expect(await host.journal()).toContain('sink.recovered sink="commit status" lost=0');
    expect(await host.journal()).not.toContain(token);
  });

  it("that sends 2,000 webhooks causes no more than a question to the repository every five seconds", async () => {
    const countQuestions = async () =>
      (await host.machine.journal({ unit: "git-daemon.service" })).split("Request upload-pack").length - 1;
    const readClock = async () => Number(await host.machine.check(["date", "+%s"]));
    const [questions, before] = [await countQuestions(), await readClock()];
    const flood = `for i in $(seq 100); do curl --silent --output /dev/null --header '${sign(pushed)}' --data-binary '${pushed}' "http://127.0.0.1:9639/?[1-20]"; done`;
    await host.machine.shell(flood);
    const mostQuestions = ((await readClock()) - before) / 5 + 2;
    expect((await countQuestions()) - questions).toBeLessThanOrEqual(mostQuestions);
    expect((await host.status()).sync.state).toBe("in-sync");
  });
});
