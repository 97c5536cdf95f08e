/**
 * Every kind of drift, made by an ordinary command: seen at once, reported exactly once, in status and JSON, over when it is undone
 * by hand, and over when the agent is asked to correct it.
 */
import { beforeAll, expect, it } from "vitest";
import type { DriftRecord } from "../../src/core/model/drift.ts";
import type { DriftCase } from "../support/drift/drift-case.ts";
import { baseRepository, driftCases, editorProgram } from "../support/drift/drift-cases.ts";
import { AgentHost } from "../support/hosts/agent-host.ts";
import { describeOnEachRoot } from "../support/machine/each-root.ts";

describeOnEachRoot("each kind of drift", (boot) => {
  let host: AgentHost;

  beforeAll(async () => {
    host = await AgentHost.boot(boot, { interval: "1h" });
    await host.machine.writeFile("/root/editor", editorProgram, 0o755);
    await host.push({
      ...baseRepository,
      "secrets/web-app.service/token.age": await host.encrypt("secret"),
    });
    await host.start();
    await host.machine.waitFor("the first sync", async () => (await host.status()).sync.state === "in-sync");
  });

  const isAbout = ({ kind, subject }: DriftCase, drift: DriftRecord) =>
    drift.kind === kind && (drift.unit === subject || drift.path === subject);

  async function countAlerts({ kind, subject }: DriftCase, event: string): Promise<number> {
    const text = await host.machine.journal({
      unit: "gitops-agent.service",
      grep: `drift\\.${event}`,
      output: "cat",
    });
    const lines = text.split("\n").filter((line) => line.includes(`kind=${kind}`));
    return lines.filter((line) => line.includes(`unit=${subject}`) || line.includes(`path=${subject}`))
      .length;
  }

  async function waitUntilTold(one: DriftCase): Promise<DriftRecord> {
    let found: DriftRecord | undefined;
    await host.machine.waitFor(`drift ${one.kind} of ${one.subject} to be told`, async () => {
      found = (await host.status()).drift.find((drift) => isAbout(one, drift) && drift.state !== "new");
      return found !== undefined;
    });
    if (found === undefined) throw new Error("unreachable");
    return found;
  }

  async function waitUntilOver(one: DriftCase): Promise<void> {
    await host.machine.waitFor(`drift ${one.kind} of ${one.subject} to be over`, async () => {
      return !(await host.status()).drift.some((drift) => isAbout(one, drift));
    });
  }

  async function waitUntilQuiet(): Promise<void> {
    await host.machine.waitFor("no drift at all", async () => {
      const { drift, sync } = await host.status();
      const rest = drift.filter(({ kind }) => kind !== "crashed");
      return rest.length === 0 && sync.state === "in-sync";
    });
  }

  it.each(driftCases)("$what is $kind: told once, and over when it is undone", async (one) => {
    const before = await countAlerts(one, "(detected|burst)");
    const resolved = await countAlerts(one, "resolved");
    await host.machine.shell(one.act);
    await waitUntilTold(one);
    const { stdout, exitCode } = await host.run("status");
    if (one.kind !== "crashed") {
      expect(exitCode).not.toBe(0);
      expect(stdout).toMatch(/drifted|degraded/);
      expect(stdout).toContain(one.subject);
    }
    await host.machine.shell(one.undo);
    await waitUntilOver(one);
    // The status tells what runs as it is now, the log what the last look has found.
    await host.machine.waitFor(
      "the log to tell that it is over",
      async () => (await countAlerts(one, "resolved")) > resolved,
    );
    expect(await countAlerts(one, "(detected|burst)")).toBe(before + 1);
    expect(await countAlerts(one, "resolved")).toBe(resolved + 1);
  });

  const correctable = driftCases.filter(({ isCorrectable }) => isCorrectable !== false);

  it.each(correctable)("$what is $kind: over when the agent is asked to correct it", async (one) => {
    await waitUntilQuiet();
    await host.machine.shell(one.act);
    await waitUntilTold(one);
    const { exitCode, stdout, stderr } = await host.run("drift", "correct", one.subject);
    expect({ exitCode, output: exitCode === 0 ? "" : stdout + stderr }).toEqual({ exitCode: 0, output: "" });
    await waitUntilOver(one);
    if (one.proof !== undefined) expect(await host.machine.shell(one.proof)).toBe("yes");
  });

  it("several differences are told once, however often the host is looked at", async () => {
    await waitUntilQuiet();
    const several = driftCases.filter(({ what }) => ["systemctl stop", "systemctl disable"].includes(what));
    const before = await Promise.all(several.map((one) => countAlerts(one, "(detected|burst)")));
    for (const { act } of several) await host.machine.shell(act);
    for (const one of several) await waitUntilTold(one);
    await host.run("sync");
    await host.machine.check(["systemctl", "restart", "gitops-agent.service"]);
    await host.run("sync");
    for (const [index, one] of several.entries()) {
      expect(await countAlerts(one, "(detected|burst)")).toBe((before[index] ?? 0) + 1);
    }
    for (const { undo } of several) await host.machine.shell(undo);
    await waitUntilQuiet();
  });
});
