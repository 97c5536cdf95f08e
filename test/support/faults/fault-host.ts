/**
 * A host whose agent can be killed at a chosen effect of its work, or at any moment; and what must hold once the ordinary
 * agent has run after that. Knows nothing of what is applied.
 */
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { build } from "esbuild";
import { expect } from "vitest";
import type { Inventory } from "../../../src/core/model/inventory.ts";
import type { Decision } from "../../../src/core/model/sync-request.ts";
import { AgentHost } from "../hosts/agent-host.ts";
import type { BootForGroup } from "../machine/each-root.ts";
import type { Machine } from "../machine/machine.ts";
import { type HostSnapshot, takeSnapshot } from "./fault-snapshot.ts";

/** The argument of crash-agent.ts. */
export interface CrashOptions {
  /** Number of the effect, 1 is the first; absent: the agent lives to its end. */
  readonly at?: number;
  readonly moment?: "after" | "within";
  /** Added to the agent's idea of the time. */
  readonly agentClockMs?: number;
  /** What a person asks for with the round. */
  readonly decisions?: readonly Decision[];
}

/** An agent that nobody killed. */
export interface CompleteRun {
  readonly outcome: "applied" | "unchanged" | "failed";
  /** Every effect on the host, in order, by name: `write /etc/…`, `save inventory.json`, `daemon-reload`, … */
  readonly effects: readonly string[];
}

const crashAgentPath = "/opt/crash-agent.mjs";
/** What is reported of timeout(1), which dies with what it kills, is at least this, depending on how the machine is entered. */
const killedExitCode = 128;

export class FaultHost {
  readonly host: AgentHost;
  readonly machine: Machine;
  readonly #units: readonly string[];

  private constructor(host: AgentHost, units: readonly string[]) {
    this.host = host;
    this.machine = host.machine;
    this.#units = units;
  }

  /** @param units the ones that snapshots are about */
  static async boot(boot: BootForGroup, units: readonly string[]): Promise<FaultHost> {
    const host = await AgentHost.boot(boot, { interval: "1h", agentYaml: "prune-limit: 100%" });
    await host.machine.writeFile(crashAgentPath, await bundleCrashAgent());
    // As after a boot: what is mounted for credentials is there before the first of them.
    await host.machine.check(["systemctl", "start", "gitops-agent-credentials.service"]);
    return new FaultHost(host, units);
  }

  /** The mortal agent, left alive. */
  async runToEnd(options: Pick<CrashOptions, "agentClockMs" | "decisions"> = {}): Promise<CompleteRun> {
    const output = await this.machine.check([
      "node",
      ...nodeOptions,
      crashAgentPath,
      JSON.stringify(options),
    ]);
    return JSON.parse(output) as CompleteRun;
  }

  /** @returns where it was killed, in words; null when it came to its end before */
  async runUntilKilled(options: CrashOptions): Promise<string | null> {
    const result = await this.machine.run(["node", ...nodeOptions, crashAgentPath, JSON.stringify(options)]);
    if (result.exitCode === 0) return null;
    const where = /^killed .*/m.exec(result.stderr)?.[0];
    if (where !== undefined) return where;
    throw new Error(`the agent failed instead of being killed: ${result.stdout}${result.stderr}`);
  }

  /**
   * The ordinary `gitops-agent sync`, killed with SIGKILL after so many milliseconds.
   * @returns false when it had ended before
   */
  async syncUntilKilled(afterMs: number): Promise<boolean> {
    const argv = ["timeout", "--signal=KILL", `${afterMs / 1000}s`, "gitops-agent", "sync"];
    return (await this.machine.run(argv)).exitCode >= killedExitCode;
  }

  /** The ordinary agent, as a person or its unit would run it next; it must get to the end of its work. */
  async resume(exitCode = 0): Promise<void> {
    const result = await this.host.run("sync");
    if (result.exitCode !== exitCode) {
      throw new Error(`sync ended with ${result.exitCode}: ${result.stdout}${result.stderr}`);
    }
  }

  async snapshot(): Promise<HostSnapshot> {
    return takeSnapshot(this.machine, this.#units);
  }

  /** Nothing is left to be done, and nothing is left over: what must hold whenever the agent has come to its end. */
  async expectAtRest(snapshot: HostSnapshot, where: string): Promise<void> {
    expect.soft(snapshot.leftovers, where).toEqual([]);
    expect.soft(snapshot.generations, where).toBe(1);
    const text = await this.machine.readFile("/var/lib/gitops-agent/inventory.json");
    const inventory = JSON.parse(text) as Inventory;
    expect.soft(inventory, where).toMatchObject({ applying: null, settling: [], reloadOwed: false });
    const owing = Object.entries(inventory.units).filter(
      ([, unit]) => !["same", "edited"].includes(String(unit.startedWith)),
    );
    expect.soft(owing, `${where}: something is still owed`).toEqual([]);
  }

  async expectEmptyPlan(where: string): Promise<void> {
    const { exitCode, stdout, stderr } = await this.host.run("plan");
    expect.soft(exitCode, `${where}: the plan is not empty: ${stdout}${stderr}`).toBe(0);
  }
}

// Node 20 warns at every use of X25519, which age is made of.
const nodeOptions = ["--disable-warning=ExperimentalWarning"];

/** One file, so that the machine needs none of our packages. */
async function bundleCrashAgent(): Promise<Uint8Array> {
  const directory = await mkdtemp(join(tmpdir(), "crash-agent-"));
  try {
    const outfile = join(directory, "crash-agent.mjs");
    await build({
      entryPoints: [join(import.meta.dirname, "crash-agent.ts")],
      outfile,
      bundle: true,
      platform: "node",
      target: "node20.19",
      format: "esm",
      external: ["usocket", "x11"],
      // The bundle holds CommonJS packages, which call require() for node's own modules.
      banner: {
        js: 'import { createRequire as nodeCreateRequire } from "node:module";\nconst require = nodeCreateRequire(import.meta.url);',
      },
    });
    return await readFile(outfile);
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}
