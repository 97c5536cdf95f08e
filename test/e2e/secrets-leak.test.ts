/**
 * Where plaintext is after everything that happens to secrets, and where it is not. The same scan finds canaries that were
 * put into every kind of place, so that "not found" means something.
 */
import { beforeAll, describe, expect, it } from "vitest";
import { AgentHost } from "../support/hosts/agent-host.ts";
import { plantCanaries, plantedPlaces } from "../support/leak/canary.ts";
import { type ProcessText, ProcessWatch } from "../support/leak/processes.ts";
import { type Finding, LeakScan, type Needle } from "../support/leak/scan.ts";
import { canary, current, LeakScenario, past, twenty } from "../support/leak/scenario.ts";
import { describeOnEachRoot } from "../support/machine/each-root.ts";

const marker = "/var/lib/leak-scan-marker";
const scan = new LeakScan([canary, ...current, ...past]);

/** Where the messages about the host are kept, for the scan to read. */
const alerts = "/var/lib/alerts.json";
/** With all integrations that need no other side; the forge does not answer. */
const agentYaml = `
log: { level: debug, format: json }
metrics: { listen: "127.0.0.1:9638", textfile: /var/lib/metrics }
notify: [{ command: { run: [/usr/bin/tee, --append, ${alerts}] } }]
webhook: { listen: "127.0.0.1:9639", secret-file: /root/token }
commit-status: { forge: gitea, api-url: "http://127.0.0.1:9/api/v1", project: ops/hosts, token-file: /root/token }
`;

describeOnEachRoot("after everything that happens to secrets", (boot) => {
  let host: AgentHost;
  let findings: readonly Finding[];
  let processes: readonly ProcessText[];
  let said: ReadonlyMap<string, string>;

  beforeAll(async () => {
    host = await AgentHost.boot(boot, { agentYaml });
    await host.machine.shell("mkdir /var/lib/metrics; echo unused >/root/token; chmod 600 /root/token");
    await host.machine.writeFile(marker, "");
    const watch = await ProcessWatch.start(host.machine);
    ({ said } = await LeakScenario.play(host));
    // What is over within some seconds is not told, so one unit stays stopped until it was.
    await host.machine.check(["systemctl", "stop", "many.service"]);
    await host.machine.waitFor(
      "an alert about it",
      async () => (await host.machine.shell(`cat ${alerts} || true`)).includes("many.service does not work"),
      120_000,
    );
    await host.machine.check(["systemctl", "start", "many.service"]);
    await plantCanaries(host.machine, canary);
    processes = await watch.stop();
    findings = await scan.searchMachine(host.machine, { marker });
  });

  function placesOf(needles: readonly Needle[]): readonly string[] {
    const names = new Set(needles.map(({ name }) => name));
    const found = findings.filter(({ needle }) => names.has(needle));
    return found.map(({ needle, form, place }) => `${needle} (${form}) in ${place}`);
  }

  it("integrations have told of the host, and none of it is a secret", async () => {
    const told = await host.machine.readFile(alerts);
    const metrics = await host.machine.check(["curl", "--silent", "http://127.0.0.1:9638/metrics"]);
    expect(told).toContain("many.service does not work");
    expect(metrics).toContain('gitops_agent_syncs_total{result="rejected"}');
    expect([...scan.searchText(told, "alerts"), ...scan.searchText(metrics, "metrics")]).toEqual([]);
  });

  it("the scan finds canaries, plain and encoded, in every kind of place", () => {
    const places = findings.filter(({ needle }) => needle === canary.name);
    for (const { form, place } of plantedPlaces) {
      const found = places.filter((finding) => finding.form === form).map((finding) => finding.place);
      expect(found, form).toContainEqual(expect.stringMatching(place));
    }
    expect(scan.searchText(`x${Buffer.from(`12${canary.text}3`).toString("base64")}y`, "text")).toHaveLength(
      1,
    );
  });

  it("a value that is no longer, or never was, in use is nowhere", () => {
    expect(placesOf(past)).toEqual([]);
  });

  it("a value in use is in the agent's and systemd's memory for credentials, and in the environment that was asked for", async () => {
    const { MainPID } = await host.machine.properties("env.service", ["MainPID"]);
    const allowed = `/run/gitops-agent/credentials/|/run/credentials/[^/]+/|/proc/${MainPID}/environ$`;
    const isAllowed = new RegExp(` \\(plain\\) in (?:${allowed})`);
    expect(placesOf(current).filter((place) => !isAllowed.test(place))).toEqual([]);
    const missing = current.filter((needle) => placesOf([needle]).length === 0);
    expect(missing.map(({ name }) => name)).toEqual([]);
    const inEnvironment = placesOf(current).filter((place) => place.includes("/proc/"));
    expect(inEnvironment).toEqual([`env-new (plain) in /proc/${MainPID}/environ`]);
    expect(await host.machine.check(["findmnt", "-no", "FSTYPE", "/run/gitops-agent/credentials"])).toBe(
      "ramfs",
    );
  });

  it("at no moment was a value in an argument, nor in an environment but that of the service that asked for it", () => {
    const programs = new Set(processes.map(({ text }) => text.split("\0")[0]));
    for (const program of ["git", "systemd-notify"]) expect(programs).toContain(program);
    const seen = processes.flatMap(({ pid, kind, text, cgroup }) =>
      scan.searchText(text, `${kind} of ${pid} in ${cgroup}`),
    );
    const ofCanary = seen.filter(({ needle }) => needle === canary.name);
    expect(ofCanary.map(({ place }) => place.split(" ")[0])).toEqual(
      expect.arrayContaining(["cmdline", "environ"]),
    );
    const asked = ({ needle, place }: Finding) =>
      needle.startsWith("env-") && /^environ of .*\/env\.service$/s.test(place);
    expect(seen.filter((finding) => finding.needle !== canary.name && !asked(finding))).toEqual([]);
  });

  it("no command and no status said one, whatever went wrong", () => {
    expect(said.size).toBeGreaterThan(15);
    expect([...said].flatMap(([place, text]) => scan.searchText(text, place))).toEqual([]);
  });

  it("the agent and its restorer dump no core", async () => {
    const { MainPID } = await host.machine.properties("gitops-agent.service", ["MainPID"]);
    const limits = await host.machine.readFile(`/proc/${MainPID}/limits`);
    expect(limits).toMatch(/^Max core file size +0 +0 /m);
    expect(await host.machine.properties("gitops-agent-credentials.service", ["LimitCORE"])).toEqual({
      LimitCORE: "0",
    });
  });

  it("an altered and a lost credential are right again after the next change of any secret", async () => {
    const files = "/run/gitops-agent/credentials/current/many.service";
    expect(await host.machine.readFile(`${files}/k0`)).toBe(twenty[0]?.text);
    expect(await host.machine.readFile(`${files}/k1`)).toBe(twenty[1]?.text);
    // So that the scan had a backup to look into.
    expect(await host.machine.shell("find /var/lib/gitops-agent/backups -type f")).toContain(
      "credentials.conf",
    );
  });

  describe.each([
    ["nobody", "65534"],
    ["a member of group gitops-agent", "gitops-agent"],
  ])("%s", (_, group) => {
    const asUser = ["setpriv", "--reuid=65534", "--regid=65534", `--groups=${group}`];

    it("finds none of it anywhere", async () => {
      const found = await scan.searchMachine(host.machine, { marker, asUser });
      const names = new Set(found.map(({ needle }) => needle));
      expect([...names]).toEqual([canary.name]);
    });

    it("cannot list, read or ask for it", async () => {
      const { MainPID } = await host.machine.properties("env.service", ["MainPID"]);
      const agent = (await host.status()).agent.pid;
      const stored = "/run/gitops-agent/credentials";
      const refused = [
        ["ls", stored],
        ["cat", `${stored}/current/consumer.service/token`],
        ["cat", "/run/credentials/consumer.service/token"],
        ["cat", `/proc/${MainPID}/environ`],
        ["ls", `/proc/${agent}/fd`],
        ["head", "-c1", `/proc/${agent}/mem`],
        ["cat", "/var/lib/gitops-agent/hmac.key"],
        ["cat", "/etc/gitops-agent/identity.txt"],
        ["curl", "--silent", "--fail", "--unix-socket", "/run/gitops-agent/control.sock", "http://x/v1/sync"],
        ["gitops-agent", "credentials", "restore"],
        ["gitops-agent", "plan"],
        ["gitops-agent", "sync"],
      ];
      for (const argv of refused) {
        const { stdout, stderr, exitCode } = await host.machine.run([...asUser, ...argv]);
        expect({ argv, exitCode, stdout }).toEqual({ argv, exitCode: expect.any(Number), stdout: "" });
        expect(exitCode, argv.join(" ")).not.toBe(0);
        expect(scan.searchText(stderr, argv.join(" "))).toEqual([]);
      }
    });

    it("learns nothing of it from the status", async () => {
      const { stdout, stderr, exitCode } = await host.machine.run([
        ...asUser,
        "gitops-agent",
        "status",
        "--json",
      ]);
      expect(exitCode).toBe(group === "gitops-agent" ? 0 : 4);
      expect(scan.searchText(stdout + stderr, "status")).toEqual([]);
    });
  });
});
