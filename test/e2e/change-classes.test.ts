/** The class of every change on a real systemd: what a changed key does to the running unit, row by row. */
import { beforeAll, describe, expect, it } from "vitest";
import { changeTable, classifyKey } from "../../src/core/units/change-class.ts";
import { type ChangeCase, type ChangeGroup, scriptPrelude } from "../support/changes/change-cases.ts";
import { liveGroups } from "../support/changes/change-cases-live.ts";
import { otherGroups } from "../support/changes/change-cases-other.ts";
import { restartKeys } from "../support/changes/change-cases-restart-keys.ts";
import type { FixtureChanges } from "../support/git/git-fixture.ts";
import { AgentHost } from "../support/hosts/agent-host.ts";
import { describeOnEachRoot } from "../support/machine/each-root.ts";
import type { Machine } from "../support/machine/machine.ts";
import { parseProperties, splitBlocks } from "../support/machine/machine-output.ts";

const groups: readonly ChangeGroup[] = [...liveGroups, ...otherGroups];
const cases: readonly ChangeCase[] = groups.flatMap((group) => group.cases);

const settings = `defaults: { health: { settle: 1s } }
units:
  reload-*.service: { on-change: reload }
`;

interface Run {
  readonly state: string;
  readonly invocation: string;
  /** "" for a unit that has no processes of its own. */
  readonly pid: string;
}

describeOnEachRoot("a change", (boot, root) => {
  let host: AgentHost;
  let before: ReadonlyMap<string, Run>;
  let after: ReadonlyMap<string, Run>;

  beforeAll(async () => {
    host = await AgentHost.boot(boot);
    const commit = await host.push({ ...listFiles("before"), "gitops.yaml": settings });
    await host.start();
    await host.waitUntilAttempted(commit);
    before = await readRuns(host.machine);
    await host.deploy(listFiles("after"));
    after = await readRuns(host.machine);
  });

  for (const { title, fate, cases: rows } of groups) {
    describe(title, () => {
      it.each(rows)("$title", async ({ unit, act, effect }) => {
        expect(before.get(unit)).toMatchObject({ state: "active" });
        const run = after.get(unit);
        if (fate === "kept") expect(run).toEqual(before.get(unit));
        else expect(run?.invocation).not.toBe(before.get(unit)?.invocation);
        expect(await host.machine.properties(unit, ["NeedDaemonReload"])).toEqual({ NeedDaemonReload: "no" });
        const env = { UNIT: unit, PID: run?.pid ?? "" };
        if (act !== undefined) await host.machine.shell(scriptPrelude + act, { env });
        if (effect !== undefined) await waitForEffect(host.machine, effect, env);
      });
    });
  }

  it("is reported with its key, file and line", async () => {
    expect(await host.journal()).toMatch(
      /restart-environment\.service.*Environment= changed \(units\/restart-environment\.service:\d+\)/,
    );
  });

  // 252 knows a part of these keys; the other roots have 257.
  it.skipIf(root === "host")("has a reviewed class for every key that systemd knows", async () => {
    const known = await listKnownKeys(host.machine);
    const wildcards = changeTable.flatMap(({ keys }) => keys).filter((key) => key.endsWith("*"));
    const named = changeTable.flatMap(({ keys }) => keys).filter((key) => !key.endsWith("*"));
    const covered = known.filter((key) => wildcards.some((start) => key.startsWith(start.slice(0, -1))));
    expect([...named, ...covered, ...restartKeys].sort()).toEqual(known);
    expect(restartKeys.filter((key) => classifyKey(key) !== "restart")).toEqual([]);
  });
});

/** The files of all rows as one commit has them; what a unit needs beside it comes with the first one. */
function listFiles(side: "before" | "after"): FixtureChanges {
  const units = cases.map((row) => [`units/${row.unit}`, row[side]]);
  const others = side === "before" ? cases.flatMap((row) => Object.entries(row.others ?? {})) : [];
  return Object.fromEntries([...units, ...others]);
}

async function readRuns(machine: Machine): Promise<ReadonlyMap<string, Run>> {
  const units = cases.map(({ unit }) => unit);
  const argv = ["systemctl", "show", "--property=ActiveState,InvocationID,MainPID", "--", ...units];
  const blocks = splitBlocks(await machine.check(argv)).map(parseProperties);
  return new Map(
    units.map((unit, index) => {
      const {
        ActiveState: state = "",
        InvocationID: invocation = "",
        MainPID: pid = "",
      } = blocks[index] ?? {};
      return [unit, { state, invocation, pid }];
    }),
  );
}

async function waitForEffect(machine: Machine, script: string, env: Record<string, string>): Promise<void> {
  await machine.waitFor(`the effect on ${env["UNIT"]}`, async () => {
    await machine.shell(scriptPrelude + script, { env });
    return true;
  });
}

/** `Section.Key` for everything that this machine's systemd reads from unit files, sorted. */
async function listKnownKeys(machine: Machine): Promise<readonly string[]> {
  const dump = await machine.check(["/usr/lib/systemd/systemd", "--dump-configuration-items"]);
  const keys = new Set<string>();
  let section = "";
  for (const line of dump.split("\n")) {
    section = /^\[(.*)\]$/.exec(line)?.[1] ?? section;
    const key = /^(\w+)=/.exec(line)?.[1];
    if (key !== undefined) keys.add(`${section}.${key}`);
  }
  return [...keys].sort();
}
