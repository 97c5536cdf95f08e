/** gitops-agent as a contender: the daemon watches the repository, and is never started for a change. */
import { resolve } from "node:path";
import { AgentHost, projectDirectory } from "../../test/support/hosts/agent-host.ts";
import { bootMachine, type Machine } from "../../test/support/machine/machine.ts";
import type { RootName } from "../../test/support/machine/root-filesystem.ts";
import type { CaseName } from "./cases.ts";
import { type Act, type Contender, readClockOffsetUs } from "./contender.ts";
import { Probe } from "./probe.ts";
import { parseRound, type RoundProfile } from "./profile.ts";
import { makePush, Repository } from "./repository.ts";
import { makeStartingPoint, secretUnit } from "./units.ts";

const service = "gitops-agent.service";
const recordPath = "/var/lib/gitops-agent/sync.json";
const deadlineMs = 600_000;
const settings = "defaults: { health: { settle: 300ms, timeout: 30s } }\n";

export class Agent implements Contender {
  readonly name: string;
  readonly group = `system.slice/${service}`;
  readonly credentialPath = null;
  readonly host: AgentHost;
  readonly probe: Probe;
  readonly #repository: Repository;
  #pid = 0;

  private constructor(name: string, host: AgentHost) {
    this.name = name;
    this.host = host;
    this.probe = new Probe(host.machine);
    this.#repository = new Repository(host.machine);
  }

  /** @param dist directory of the build */
  static async boot(name: string, root: RootName, dist: string): Promise<Agent> {
    const boot: Parameters<typeof AgentHost.boot>[0] = (options = {}) => {
      const binds = (options.binds ?? []).flatMap((bind) =>
        bind.source === projectDirectory
          ? [bind, { source: resolve(dist), target: `${bind.target}/dist`, readOnly: true }]
          : [bind],
      );
      return bootMachine(root, { ...options, binds });
    };
    const host = await AgentHost.boot(boot, { interval: "1h", agentYaml: "log: { level: debug }" });
    const agent = new Agent(name, host);
    const files = { ...makeStartingPoint(), "gitops.yaml": settings };
    const commit = await agent.#repository.stage(files);
    await host.machine.shell(makePush(commit));
    await host.start();
    await agent.#waitUntilApplied(commit);
    await agent.readPid();
    return agent;
  }

  get machine(): Machine {
    return this.host.machine;
  }

  get pid(): number {
    return this.#pid;
  }

  /** Has to be called after each start of the daemon. */
  async readPid(): Promise<void> {
    this.#pid = Number((await this.machine.properties(service, ["MainPID"]))["MainPID"]);
  }

  can(): boolean {
    return true;
  }

  stage(files: Parameters<Contender["stage"]>[0]): Promise<string> {
    return this.#repository.stage(files);
  }

  encrypt(plaintext: string): Promise<string> {
    return this.host.encrypt(plaintext);
  }

  async act(_name: CaseName, commit: string | null): Promise<Act> {
    const offsetUs = readClockOffsetUs();
    const output = await this.machine.check(["bash", "-euc", `echo $EPOCHREALTIME; ${makePush(commit)}`]);
    const beganUs = Number(output) * 1e6 + offsetUs;
    if (commit === null) {
      const isPolled = async () => (await this.#readLastUs("repository.polled", offsetUs)) > beganUs;
      await this.machine.waitFor("a poll", isPolled, deadlineMs);
    } else await this.#waitUntilApplied(commit);
    await this.probe.waitUntilQuiet(this.group);
    return { beganUs, endedUs: await this.#readLastUs("round.measured", offsetUs) };
  }

  resetPeak(): void {
    this.probe.resetPeak(this.#pid);
  }

  peakMb(): number {
    return this.probe.readProcess(this.#pid).peakMb;
  }

  ownCpuMs(): number {
    return this.probe.readProcess(this.#pid).cpuMs;
  }

  /** Where the time of the last round went; null for a build that does not say it. */
  async readProfile(): Promise<RoundProfile | null> {
    return parseRound(await this.#readLast("round.measured", "cat"));
  }

  /** From an edit of a managed file, which is undone, to the alert in the journal; milliseconds. */
  async timeAlert(): Promise<number> {
    const path = `/etc/systemd/system/${secretUnit}`;
    const kept = "/run/bench-kept";
    const offsetUs = readClockOffsetUs();
    const edit = `cp -a ${path} ${kept}; echo $EPOCHREALTIME; echo '# by hand' >>${path}`;
    const beganUs = Number(await this.machine.check(["bash", "-euc", edit])) * 1e6 + offsetUs;
    const waitFor = (event: string) =>
      this.machine.waitFor(event, async () => {
        const atUs = await this.#readLastUs(event, offsetUs);
        return atUs > beganUs && atUs;
      });
    const toldUs = await waitFor("drift.detected");
    await this.machine.check(["cp", "-a", kept, path]);
    await waitFor("drift.resolved");
    return (toldUs - beganUs) / 1000;
  }

  async #waitUntilApplied(commit: string): Promise<void> {
    let stamp = -1;
    const end = await this.machine.waitFor(
      `the end of the attempt at ${commit.slice(0, 7)}`,
      async () => {
        const now = this.probe.stampOf(recordPath);
        if (now === stamp) return undefined;
        stamp = now;
        return findEnd(this.probe.readText(recordPath), commit);
      },
      deadlineMs,
    );
    if (end !== "applied") throw new Error(`${this.name}: ${end}\n${await this.host.journal()}`.slice(-4000));
  }

  /** When the agent last reported the event, microseconds of CLOCK_MONOTONIC; 0 for never. */
  async #readLastUs(event: string, offsetUs: number): Promise<number> {
    const seconds = /^([\d.]+) /.exec(await this.#readLast(event, "short-unix"))?.[1];
    return seconds === undefined ? 0 : Number(seconds) * 1e6 + offsetUs;
  }

  /** The last line of the agent about an event; empty when there is none. */
  async #readLast(event: string, output: string): Promise<string> {
    const grep = `--grep=^${event.replace(".", "\\.")}`;
    const argv = [
      "journalctl",
      "--quiet",
      "--unit",
      service,
      "--no-pager",
      `--output=${output}`,
      "--lines=1",
    ];
    return (await this.machine.run([...argv, grep])).stdout.trimEnd();
  }
}

/** How the attempt at the commit has ended, by the agent's record: asking the daemon would cost what is to be measured. */
function findEnd(record: string, commit: string): string | undefined {
  const { attempt } = JSON.parse(record) as { attempt?: { phase: string; revision: { commit: string } } };
  if (attempt?.revision.commit !== commit) return undefined;
  return ["fetched", "applying", "settling"].includes(attempt.phase) ? undefined : attempt.phase;
}
