/** Metrics as a real Prometheus reads them from a real agent, with the rules and the dashboard of contrib/. */
import { readFileSync } from "node:fs";
import { beforeAll, expect, it } from "vitest";
import { parse } from "yaml";
import { AgentHost, projectDirectory, sourceInMachine } from "../support/hosts/agent-host.ts";
import { describeOnEachPeerRoot } from "../support/machine/each-root.ts";
import { enabled, sleeper } from "../support/texts/unit-texts.ts";

const secret = "correct-horse-battery-staple";
/** curl(1), exit codes. */
const curlCannotConnect = 7;
const textfiles = "/var/lib/prometheus/node-exporter";
const prometheusYaml = `
global: { scrape_interval: 1s, evaluation_interval: 1s }
rule_files: [${sourceInMachine}/contrib/prometheus/alerts.yml]
scrape_configs:
  - job_name: gitops-agent
    static_configs: [{ targets: ["127.0.0.1:9638"] }]
`;

interface Sample {
  readonly metric: Readonly<Record<string, string>>;
  readonly value: readonly [number, string];
}

interface Panel {
  readonly title: string;
  readonly targets: readonly { readonly expr: string }[];
}

interface Rule {
  readonly alert: string;
  readonly expr: string;
}

function readDashboard(): readonly Panel[] {
  const text = readFileSync(`${projectDirectory}/contrib/grafana/dashboard.json`, "utf8");
  return (JSON.parse(text) as { readonly panels: readonly Panel[] }).panels;
}

function readRules(): readonly Rule[] {
  const text = readFileSync(`${projectDirectory}/contrib/prometheus/alerts.yml`, "utf8");
  const { groups } = parse(text) as { readonly groups: readonly { readonly rules: readonly Rule[] }[] };
  return groups.flatMap(({ rules }) => rules);
}

/** Machines are slow when many run. */
const patienceMs = 120_000;

describeOnEachPeerRoot("metrics", (boot) => {
  let host: AgentHost;

  const waitFor = <T>(what: string, probe: () => Promise<T | undefined | false>) =>
    host.machine.waitFor(what, probe, patienceMs);

  beforeAll(async () => {
    const agentYaml = `metrics: { listen: "127.0.0.1:9638", textfile: ${textfiles} }`;
    host = await AgentHost.boot(boot, { interval: "1h", agentYaml });
    await host.machine.check(["mkdir", "-p", textfiles]);
    await host.machine.writeFile("/etc/prometheus/prometheus.yml", prometheusYaml);
    await host.machine.shell("systemctl unmask prometheus && systemctl start prometheus");
    await host.start();
    await host.deploy({
      "units/web.service": sleeper(),
      "units/api.service": sleeper(),
      "secrets/web.service/token.age": await host.encrypt(secret),
    });
  });

  async function query(expression: string): Promise<readonly Sample[]> {
    const argv = ["curl", "--silent", "--data-urlencode", `query=${expression}`];
    const answer = await host.machine.check([...argv, "http://127.0.0.1:9090/api/v1/query"]);
    const { status, error, data } = JSON.parse(answer) as {
      readonly status: string;
      readonly error?: string;
      readonly data?: { readonly result: readonly Sample[] };
    };
    if (status !== "success") throw new Error(`${expression}: ${error}`);
    return data?.result ?? [];
  }

  async function waitForValue(expression: string, wanted: number): Promise<void> {
    await waitFor(`${expression} to be ${wanted}`, async () => {
      const [sample] = await query(expression);
      return sample !== undefined && Number(sample.value[1]) === wanted;
    });
  }

  it("reach Prometheus, and follow what happens on the host", async () => {
    await waitForValue('gitops_agent_state{state="in-sync"}', 1);
    await waitForValue('gitops_agent_units{state="active"}', 2);
    await host.deploy({ "units/web.service": sleeper("Environment=V=2\n") });
    await waitForValue('gitops_agent_unit_actions_total{action="restart",cause="revision"}', 1);
    await waitForValue("gitops_agent_credentials", 1);
    const commit = (await host.status()).sync.applied?.commit ?? "";
    await waitForValue(`gitops_agent_info{commit="${commit}"}`, 1);
    await host.machine.shell("echo '# edited' >>/etc/systemd/system/web.service");
    await waitForValue('gitops_agent_drift{kind="modified"}', 1);
    await host.machine.check(["systemctl", "stop", "api.service"]);
    await waitForValue("gitops_agent_unit_findings", 1);
    await waitForValue("gitops_agent_in_sync", 0);
    expect((await host.run("drift", "correct", "--all")).exitCode).toBe(0);
    await waitForValue("gitops_agent_in_sync", 1);
    await waitForValue('sum(gitops_agent_unit_actions_total{cause="drift"})', 1);
    await host.pushAndWait({ "units/web.service": "[Service\n" });
    await waitForValue('gitops_agent_syncs_total{result="rejected"}', 1);
    await waitForValue('ALERTS{alertname="GitopsAgentRejected", alertstate="firing"}', 1);
    await host.pushAndWait({ "units/web.service": `[Service]\nExecStart=/bin/false\n${enabled}` });
    await waitForValue('gitops_agent_syncs_total{result="rolled-back"}', 1);
    await waitForValue('ALERTS{alertname="GitopsAgentRolledBack", alertstate="firing"}', 1);
    await host.deploy({ "units/web.service": sleeper("Environment=V=3\n") });
    await waitForValue("gitops_agent_in_sync", 1);
    await waitForValue("sum(gitops_agent_syncs_total)", 5);
  });

  it("have every series that the rules and the dashboard name, and Prometheus understands each expression", async () => {
    const rules = readRules();
    const expressions = [
      ...rules.map(({ expr }) => expr),
      ...readDashboard().flatMap(({ targets }) => targets.map(({ expr }) => expr)),
    ].map((expression) => expression.replaceAll("$instance", ".*"));
    for (const expression of expressions) await query(expression);
    const named = new Set(expressions.join(" ").match(/\bgitops_agent_\w+/gu));
    expect(named.size).toBeGreaterThan(15);
    for (const name of named) expect([name, (await query(name)).length > 0]).toEqual([name, true]);
  });

  it("have alert rules that fire when they should, and are silent when they should not", async () => {
    const promtool = async (...argv: readonly string[]) => host.machine.check(["promtool", ...argv]);
    const checked = await promtool("check", "rules", `${sourceInMachine}/contrib/prometheus/alerts.yml`);
    expect(checked).toContain(`${readRules().length} rules found`);
    const tests = `${sourceInMachine}/test/fixtures/prometheus/alerts.test.yml`;
    expect(await promtool("test", "rules", tests)).toContain("SUCCESS");
  });

  it("are in a file that node_exporter can read, without its own names and without a secret", async () => {
    const file = `${textfiles}/gitops-agent.prom`;
    const text = await host.machine.readFile(file);
    expect(await host.machine.check(["promtool", "check", "metrics"], { stdin: text })).toBe("");
    const names = text.match(/^[a-z_]+(?=[ {])/gmu) ?? [];
    expect(names.filter((name) => !name.startsWith("gitops_agent_"))).toEqual([]);
    expect(names).toContain("gitops_agent_in_sync");
    expect(text).not.toContain(secret);
    expect(await host.machine.check(["stat", "--format=%a %U", file])).toBe("644 root");
  });

  it("go on without an address that somebody else has, and say so", async () => {
    await host.machine.check(["systemctl", "stop", "gitops-agent"]);
    await host.machine.check([
      "systemd-run",
      "--unit=thief",
      "node",
      "--eval",
      "require('http').createServer().listen(9638, '127.0.0.1')",
    ]);
    await waitFor("the address to be taken", async () =>
      (await host.machine.check(["ss", "-ltn"])).includes("127.0.0.1:9638"),
    );
    await host.start();
    await host.deploy({ "units/web.service": sleeper("Environment=V=4\n") });
    expect(await host.journal()).toMatch(/sink\.failed sink=metrics reason=.*EADDRINUSE/);
  });

  async function restartWith(metricsYaml: string): Promise<void> {
    await host.machine.shell(
      `sed -i /^metrics:/d /etc/gitops-agent/agent.yaml && echo '${metricsYaml}' >>/etc/gitops-agent/agent.yaml`,
    );
    await host.machine.check(["systemctl", "restart", "gitops-agent"]);
  }

  it("are on a unix socket for root and the group that may read the status", async () => {
    const { machine } = host;
    await machine.check(["systemctl", "stop", "thief"]);
    await restartWith("metrics: { listen: unix:/run/gitops-agent/metrics.sock }");
    const group = await machine.shell("getent group gitops-agent | cut -d: -f3");
    const stranger = ["setpriv", "--reuid=65534", "--regid=65534"];
    const curl = [
      "curl",
      "--silent",
      "--unix-socket",
      "/run/gitops-agent/metrics.sock",
      "http://agent/metrics",
    ];
    expect(await machine.check([...stranger, `--groups=${group}`, ...curl])).toContain(
      "gitops_agent_in_sync 1",
    );
    const refused = await machine.run([...stranger, "--clear-groups", ...curl]);
    expect([refused.exitCode, refused.stdout]).toEqual([curlCannotConnect, ""]);
  });

  it("cost nothing when they are not asked for: no port, and nothing of their program is read", async () => {
    const { machine } = host;
    await restartWith("");
    const parts = "/usr/local/lib/gitops-agent/*/parts/metrics-*.cjs";
    await machine.shell(`grep --quiet gitops_agent_ ${parts} && rm ${parts}`);
    await machine.check(["systemctl", "restart", "gitops-agent"]);
    await host.deploy({ "units/web.service": sleeper("Environment=V=5\n") });
    expect(await machine.check(["ss", "-ltn"])).not.toContain(":9638");
    expect(await machine.shell("ls /run/gitops-agent")).not.toContain("metrics.sock");
  });
});
