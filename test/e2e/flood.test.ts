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

  beforeAll(async () => {
    host = await AgentHost.boot(boot, { interval: "1h" });
    const { machine } = host;
    const units = Array.from({ length: unitCount }, (_, index) => [`units/u${index}.service`, sleeper()]);
    await host.push({ ...Object.fromEntries(units), "units/changes.service": sleeper("Environment=V=1\n") });
    await host.start();
    const isSynced = async () => (await host.status()).sync.state === "in-sync";
    await machine.waitFor("the first sync", isSynced, 120_000);
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

  async function mainPid(): Promise<string> {
    return (await host.machine.properties("gitops-agent.service", ["MainPID"]))["MainPID"] ?? "";
  }

  /** Root's status, and how long it took with the start of the command. */
  async function timeStatus(): Promise<{ readonly status: Status; readonly tookMs: number }> {
    const beganMs = performance.now();
    const status = await host.status();
    return { status, tookMs: Math.round(performance.now() - beganMs) };
  }

  it("keeps neither root from the status nor a push from being applied, and takes no memory", async () => {
    const { machine } = host;
    const before = await mainPid();
    // In ordinary use: what a status takes, one after the other, is not the flood's.
    const quiet: number[] = [];
    while (quiet.length < 5) quiet.push((await timeStatus()).tookMs);
    const rest = await readMemory("VmRSS");
    // From now on VmHWM is the peak: proc(5), clear_refs.
    await machine.shell(`echo 5 > /proc/${before}/clear_refs`);
    await startFlood(machine);

    const answers: number[] = [];
    const commit = await host.push({ "units/changes.service": sleeper("Environment=V=2\n") });
    for (let isApplied = false; !isApplied || answers.length < 10; ) {
      const { status, tookMs } = await timeStatus();
      answers.push(tookMs);
      isApplied = status.sync.applied?.commit === commit && status.sync.state === "in-sync";
      if (answers.length > 200) throw new Error(`the push is not applied: ${JSON.stringify(status.sync)}`);
    }
    expect(await machine.properties("changes.service", ["Environment"])).toEqual({ Environment: "V=2" });

    const peak = await readMemory("VmHWM");
    const connections = await countFloodConnections(machine);
    const figures = {
      restKb: rest,
      peakKb: peak,
      ratio: peak / rest,
      quietMs: quiet,
      answersMs: answers,
      connections,
    };
    process.stdout.write(`flood: ${JSON.stringify(figures)}\n`);
    expect(await host.activeState("flood.service")).toBe("active");
    expect(peak).toBeLessThan(rest * 1.5);
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
