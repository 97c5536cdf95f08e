/** Readers of status.sock who mean harm: a member of the group, a hundred connections. The agent goes on, and root is heard. */
import { beforeAll, expect, it } from "vitest";
import type { Status } from "../../src/core/model/status.ts";
import { AgentHost } from "../support/hosts/agent-host.ts";
import { countFloodConnections, startFlood } from "../support/hosts/flood.ts";
import { describeOnEachRoot } from "../support/machine/each-root.ts";
import { sleeper } from "../support/texts/unit-texts.ts";

const unitCount = 150;
describeOnEachRoot("a member of the group who floods status.sock", (boot) => {
  let host: AgentHost;
  /** What a push takes at most while nobody floods. */
  let quietPeakKb: number;

  beforeAll(async () => {
    host = await AgentHost.boot(boot, { interval: "1h" });
    const { machine } = host;
    const units = Array.from({ length: unitCount }, (_, index) => [`units/u${index}.service`, sleeper()]);
    await host.push({ ...Object.fromEntries(units), "units/changes.service": sleeper("Environment=V=1\n") });
    await host.start();
    const isSynced = async () => (await host.status()).sync.state === "in-sync";
    await machine.waitFor("the first sync", isSynced, 120_000);
    quietPeakKb = (await pushAndMeasure(2)).peakKb;
    // A sync leaves memory behind that is given back slowly; what counts is a daemon at rest.
    await machine.check(["systemctl", "restart", "gitops-agent.service"]);
    await machine.waitFor("the round after the restart", async () => {
      const { StatusText } = await machine.properties("gitops-agent.service", ["StatusText"]);
      return StatusText?.startsWith("in sync with") === true;
    });
  });

  /** A line of /proc/PID/status of the daemon, kB. */
  async function readMemory(line: "VmRSS" | "VmHWM"): Promise<number> {
    return Number(await host.machine.shell(`awk '/^${line}/ { print $2 }' /proc/${await mainPid()}/status`));
  }

  /** From now on VmHWM is the peak: proc(5), clear_refs. */
  async function forgetPeak(): Promise<void> {
    await host.machine.shell(`echo 5 > /proc/${await mainPid()}/clear_refs`);
  }

  async function mainPid(): Promise<string> {
    return (await host.machine.properties("gitops-agent.service", ["MainPID"]))["MainPID"] ?? "";
  }

  /** Root's status, and how long the answer took. */
  async function timeStatus(): Promise<{ readonly status: Status; readonly tookMs: number }> {
    const beganMs = performance.now();
    const status = await host.status();
    return { status, tookMs: Math.round(performance.now() - beganMs) };
  }

  /** Pushes a change, asks for the status until it is applied; what that took at most, and how long the answers took. */
  async function pushAndMeasure(
    version: number,
  ): Promise<{ readonly peakKb: number; readonly ms: number[] }> {
    const { machine } = host;
    await forgetPeak();
    const ms: number[] = [];
    const commit = await host.push({ "units/changes.service": sleeper(`Environment=V=${version}\n`) });
    await machine.waitFor(
      "the push to be applied",
      async () => {
        const { status, tookMs } = await timeStatus();
        ms.push(tookMs);
        return status.sync.applied?.commit === commit && status.sync.state === "in-sync" && ms.length >= 10;
      },
      120_000,
    );
    const { Environment } = await machine.properties("changes.service", ["Environment"]);
    expect(Environment).toBe(`V=${version}`);
    return { peakKb: await readMemory("VmHWM"), ms };
  }

  it("keeps neither root from the status nor a push from being applied, and takes no memory", async () => {
    const { machine } = host;
    const before = await mainPid();
    const restKb = await readMemory("VmRSS");
    await forgetPeak();
    await startFlood(machine);
    const answersMs: number[] = [];
    while (answersMs.length < 10) answersMs.push((await timeStatus()).tookMs);
    const peakKb = await readMemory("VmHWM");
    const push = await pushAndMeasure(3);
    const connections = await countFloodConnections(machine);
    const figures = { restKb, peakKb, answersMs, quietPeakKb, push, connections };
    process.stdout.write(`flood: ${JSON.stringify(figures)}\n`);
    expect(await host.activeState("flood.service")).toBe("active");
    expect(peakKb).toBeLessThan(restKb * 1.6);
    // What the same push takes without the flood is not the flood's.
    expect(push.peakKb).toBeLessThan(quietPeakKb * 1.5);
    await machine.check(["systemctl", "stop", "flood.service"]);
    expect(await mainPid()).toBe(before);
    const said = await host.journal();
    expect(said.split("status.sock had too many connections at once")).toHaveLength(2);
  });

  it("is answered when the flood is over", async () => {
    const asked = await host.machine.run([
      "setpriv",
      "--reuid=mallory",
      "--regid=gitops-agent",
      "--clear-groups",
      "gitops-agent",
      "status",
    ]);
    expect(asked.stderr).toBe("");
    expect(asked.stdout).toContain("in sync");
  });
});
