/** An agent that is killed at any single step of an apply of quadlets, and run again, ends where an undisturbed one does. */
import { beforeAll, expect, it } from "vitest";
import { chooseKills } from "../support/faults/choose-kills.ts";
import { FaultHost } from "../support/faults/fault-host.ts";
import type { HostSnapshot } from "../support/faults/fault-snapshot.ts";
import type { FixtureChanges } from "../support/git/git-fixture.ts";
import { describeOnEachPodmanRoot } from "../support/machine/each-root.ts";
import { container, importTinyImage } from "../support/texts/quadlet-texts.ts";

type StateName = "a" | "b";

const units = ["kept.service", "app.service", "gone.service", "data-volume.service", "inner-network.service"];
const sleep = (seconds: number) => `/busybox sleep ${seconds}`;

/** A changed container, a removed one, an added network and volume; one that stays as it is. And the other way round. */
const states: Readonly<Record<StateName, FixtureChanges>> = {
  a: {
    "units/app.container": container({ exec: sleep(1001) }),
    "units/gone.container": container({ exec: sleep(3000) }),
    "units/data.volume": null,
    "units/inner.network": null,
  },
  b: {
    "units/app.container": container({
      exec: sleep(1002),
      container: "Network=inner.network\nVolume=data.volume:/data\n",
    }),
    "units/gone.container": null,
    "units/data.volume": "[Volume]\n",
    "units/inner.network": "[Network]\nInternal=true\n",
  },
};

interface Arrival {
  readonly snapshot: HostSnapshot;
  /** Name, command, networks and mounts of every container there is, running or not. */
  readonly containers: readonly string[];
  /** Name → id: a container is made anew whenever its service starts. */
  readonly ids: ReadonlyMap<string, string>;
}

describeOnEachPodmanRoot("an agent killed in an apply of quadlets", (boot) => {
  let faults: FaultHost;
  let position: StateName = "a";
  let last: Arrival;
  const arrivals = new Map<StateName, Arrival>();
  const effects = new Map<StateName, readonly string[]>();

  beforeAll(async () => {
    faults = await FaultHost.boot(boot, units);
    await importTinyImage(faults.machine);
    await faults.host.push({
      "gitops.yaml": "defaults: { health: { settle: 0s, timeout: 30s } }\n",
      "units/kept.container": container({ exec: sleep(2000) }),
      "secrets/kept.container/token.age": await faults.host.encrypt("of the container that stays"),
      ...states.a,
    });
    await faults.resume();
    last = await look();
  });

  async function look(): Promise<Arrival> {
    const format = "{{.ID}} {{.Names}} {{.State}} {{.Command}} {{.Networks}} {{.Mounts}}";
    const [snapshot, output] = await Promise.all([
      faults.snapshot(),
      faults.machine.check(["podman", "ps", "--all", "--no-trunc", "--sort=names", `--format=${format}`]),
    ]);
    const lines = output.split("\n").map((line) => line.split(" "));
    return {
      snapshot,
      containers: lines.map(([, ...rest]) => rest.join(" ")),
      ids: new Map(lines.map(([id = "", name = ""]) => [name, id])),
    };
  }

  async function depart(): Promise<void> {
    position = position === "a" ? "b" : "a";
    await faults.host.push(states[position]);
  }

  async function arrive(where: string): Promise<void> {
    const [found] = await Promise.all([look(), faults.expectEmptyPlan(where)]);
    const expected = arrivals.get(position) ?? found;
    arrivals.set(position, expected);
    await faults.expectAtRest(found.snapshot, where);
    expect.soft(found.snapshot.files, where).toEqual(expected.snapshot.files);
    expect.soft(found.snapshot.units, where).toEqual(expected.snapshot.units);
    expect.soft(found.snapshot.credentials, where).toEqual(expected.snapshot.credentials);
    expect.soft(found.containers, where).toEqual(expected.containers);
    expect.soft(found.ids.get("systemd-kept"), where).toBe(last.ids.get("systemd-kept"));
    expect.soft(found.ids.get("systemd-app"), where).not.toBe(last.ids.get("systemd-app"));
    last = found;
  }

  /** @param at number of the effect behind which the agent is killed; undefined when nobody kills it */
  async function travelKilled(names: readonly string[], at: number | undefined): Promise<void> {
    await depart();
    const name = at === undefined ? undefined : names[at - 1];
    if (at === undefined || name === undefined) await faults.resume();
    else await killAndResume(at, name);
    await arrive(`to ${position}, ${name ?? "undisturbed"}`);
  }

  async function killAndResume(at: number, name: string): Promise<void> {
    const where = await faults.runUntilKilled({ at, moment: "after" });
    expect(where).toBe(`killed after ${name}`);
    const isStarted = name.startsWith("jobs") && name.includes("app.service");
    const before = isStarted ? await faults.host.invocationId("app.service") : null;
    await faults.resume();
    if (before !== null) {
      expect.soft(await faults.host.invocationId("app.service"), `${where}: started twice`).toBe(before);
    }
  }

  it("arrives when nobody kills it", async () => {
    for (const to of ["b", "a"] as const) {
      await depart();
      effects.set(to, (await faults.runToEnd()).effects);
      await arrive("undisturbed");
    }
    const [a, b] = [arrivals.get("a"), arrivals.get("b")];
    expect(a?.containers.join("\n")).toMatch(/systemd-app running .* 1001 .*systemd-gone running .* 3000 /s);
    expect(b?.containers.join("\n")).toMatch(/systemd-app running .* 1002 systemd-inner \[\/data\]/);
    expect(b?.containers.join("\n")).not.toContain("systemd-gone");
    expect(b?.snapshot.files.join("\n")).toContain("/etc/containers/systemd/inner.network");
    expect(b?.snapshot.units.get("inner-network.service")).toMatchObject({ ActiveState: "active" });
    expect(a?.snapshot.units.get("inner-network.service")).toMatchObject({
      LoadState: "not-found",
      ActiveState: "inactive",
    });
  });

  it("arrives after a kill behind a step, both ways", { timeout: 600_000 }, async () => {
    const [toB = [], toA = []] = [effects.get("b"), effects.get("a")];
    const [killsToB, killsToA] = [chooseKills(toB, 0), chooseKills(toA, 1)];
    for (let kill = 0; kill < Math.max(killsToB.length, killsToA.length); kill += 1) {
      await travelKilled(toB, killsToB[kill]);
      await travelKilled(toA, killsToA[kill]);
    }
  });
});
