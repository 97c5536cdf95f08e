/**
 * The repositories below test/fixtures/layouts on one machine, one after the other: each is applied with its unit files as they
 * are, and a change interrupts what it has to and nothing else.
 */
import { beforeAll, describe, expect, it } from "vitest";
import { readTree, textOf } from "../support/git/read-tree.ts";
import { AgentHost } from "../support/hosts/agent-host.ts";
import { type LayoutCase, layoutCases, locateLayout } from "../support/layouts/layout-cases.ts";
import { describeOnEachRoot } from "../support/machine/each-root.ts";
import { importTinyImage } from "../support/texts/quadlet-texts.ts";
import { sleeper } from "../support/texts/unit-texts.ts";

const vendorUnits = ["vendor-agent.service", "vendor-cache.service"];

describeOnEachRoot("the repository", (boot, root) => {
  let host: AgentHost;
  let paths: readonly string[] = [];

  const cases = layoutCases.filter(({ onEveryRoot, needs }) =>
    root === "host" ? needs === undefined : onEveryRoot === true,
  );

  beforeAll(async () => {
    host = await AgentHost.boot(boot, { host: "web-1", agentYaml: "prune-limit: 100%\nallow-empty: true" });
    const { machine } = host;
    for (const unit of vendorUnits) await machine.writeFile(`/usr/lib/systemd/system/${unit}`, sleeper());
    await machine.check(["systemctl", "daemon-reload"]);
    if (cases.some(({ needs }) => needs === "podman")) await importTinyImage(machine);
    await host.start();
  });

  /** Puts the fixture in the place of the one before, whose units the agent removes. */
  async function replaceBy(layout: LayoutCase): Promise<void> {
    const { name } = layout;
    const removed = Object.fromEntries(paths.map((path) => [path, null]));
    const added = readTree(locateLayout(layout));
    paths = Object.keys(added);
    await host.deploy({ ...removed, "gitops.yaml": null, ...added }, name);
    const status = await host.machine.waitFor(`${name} to be in sync`, async () => {
      const found = await host.status();
      return found.sync.state === "in-sync" ? found : undefined;
    });
    expect(status.drift).toEqual([]);
  }

  async function loadStates(units: readonly string[]): Promise<readonly string[]> {
    const found = await Promise.all(
      units.map(async (unit) => await host.machine.properties(unit, ["LoadState"])),
    );
    return found.map(({ LoadState }) => LoadState ?? "");
  }

  describe.each(cases)("$name", (layout) => {
    const { running, before = [], absent = [], masked = [], untouched = [], change, changed } = layout;

    beforeAll(async () => {
      if (before.length > 0) await host.machine.check(["systemctl", "start", ...before]);
      await replaceBy(layout);
    });

    it("runs, and nothing else of it is on the host", async () => {
      for (const unit of running) expect(await host.activeState(unit), unit).toBe("active");
      expect(await loadStates(absent)).toEqual(absent.map(() => "not-found"));
      expect(await loadStates(masked)).toEqual(masked.map(() => "masked"));
      for (const path of untouched) expect(await host.machine.exists(path), path).toBe(false);
    });

    it("has one change interrupt only what it has to, and is in sync again", async () => {
      const runs = await host.machine.invocationIds(running);
      const text = textOf(readTree(locateLayout(layout)), change.path);
      expect(text).toContain(change.from);
      const status = await host.deploy({ [change.path]: text.replace(change.from, change.to) });
      expect(status.sync.state).toBe("in-sync");
      const after = await host.machine.invocationIds(running);
      expect(running.filter((unit) => runs.get(unit) !== after.get(unit))).toEqual(changed);
      for (const unit of running) expect(await host.activeState(unit), unit).toBe("active");
      for (const path of untouched) expect(await host.machine.exists(path), path).toBe(false);
    });
  });
});
