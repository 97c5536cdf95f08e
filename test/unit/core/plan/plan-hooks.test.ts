/** Hooks of managed files: when they are planned, and what is left owed. The real agent brings a host in memory to a text. */
import { describe, expect, it } from "vitest";
import type { DriftRecord } from "../../../../src/core/model/drift.ts";
import type { FileRules } from "../../../../src/core/model/rules.ts";
import { killedAfter, killedBefore } from "../../../support/memory-host/effects.ts";
import { hostWith, SimulatedHost } from "../../../support/memory-host/simulated-host.ts";
import type { RepositoryText } from "../../../support/values/scenario.ts";
import { toldSince } from "../../../support/values/told-drift.ts";

const conf = "/etc/app/a.conf";
const enabled = "[Install]\nWantedBy=multi-user.target\n";
const run: FileRules = { run: [["join", "--all"]] };

function text(
  files: Readonly<Record<string, string>>,
  fileRules: Readonly<Record<string, FileRules>> = { "/etc/app/*.conf": run },
): RepositoryText {
  return { files: { "units/a.service": `[Service]\nExecStart=/bin/x\n${enabled}`, ...files }, fileRules };
}

const a = (content: string) => ({ "files/etc/app/a.conf": content });

type Steps = readonly { readonly kind: string; readonly unit?: string | null; readonly because: string }[];
const hookKinds = ["run", "reload", "restart", "start"];

/** The hooks that a sync has carried out, and the jobs of units. */
function listDone({ steps }: { readonly steps: Steps }): readonly string[] {
  return steps.flatMap(({ kind, unit, because }) =>
    hookKinds.includes(kind) ? [`${kind} ${unit}: ${because}`] : [],
  );
}

describe("the command of a hook", () => {
  it("is run when its file is new, is changed, and is deleted with the rules that the host had", async () => {
    const host = await hostWith(text({}));
    expect(listDone(await host.sync(text(a("1"))))).toEqual([`run join --all: ${conf} added`]);
    expect(listDone(await host.sync(text(a("2"))))).toEqual([`run join --all: ${conf} changed`]);
    expect(listDone(await host.sync(text(a("2"))))).toEqual([]);
    expect(listDone(await host.sync(text({}, {})))).toEqual([`run join --all: ${conf} removed`]);
    expect(host.inventory.owedHooks).toEqual([]);
  });

  it("is run before the units of the revision are started", async () => {
    const host = new SimulatedHost();
    expect(listDone(await host.sync(text(a("1")))).map((line) => line.split(":")[0])).toEqual([
      "run join --all",
      "start a.service",
    ]);
  });

  it("is run once for all files that name it, with the first of them as the reason", async () => {
    const host = await hostWith(text({}));
    const files = Object.fromEntries(
      ["a", "b", "c", "d", "e"].map((name) => [`files/etc/app/${name}.conf`, "1"]),
    );
    expect(listDone(await host.sync(text(files)))).toEqual([
      "run join --all: /etc/app/a.conf added, /etc/app/b.conf added, /etc/app/c.conf added and 2 more",
    ]);
  });

  it("is not run for a file that was identical on the host, for another mode, or for new rules", async () => {
    const host = new SimulatedHost();
    host.putFile(conf, "1");
    await host.sync(text(a("1"), {}));
    for (const rules of [run, { ...run, mode: 0o600 }, { run: [["other"]] }]) {
      expect(listDone(await host.sync(text(a("1"), { [conf]: rules })))).toEqual([]);
    }
    expect(listDone(await host.sync(text({}, {})))).toEqual([`run other: ${conf} removed`]);
  });

  it("of an exact key is run instead of the one of a pattern", async () => {
    const host = await hostWith(text({}));
    const rules = { "/etc/app/*.conf": run, [conf]: { run: [["own"]] } };
    expect(listDone(await host.sync(text(a("1"), rules)))).toEqual([`run own: ${conf} added`]);
  });

  it("is run when an edit is put back", async () => {
    const host = await hostWith(text(a("1")));
    host.putFile(conf, "edit");
    const drift: DriftRecord = {
      key: `modified ${conf}`,
      kind: "modified",
      unit: null,
      path: conf,
      message: "edited",
      ...toldSince("2026-11-20T08:00:00Z"),
      policy: "correct",
    };
    expect(listDone(await host.correct([drift]))).toEqual([`run join --all: ${conf} changed`]);
  });
});

describe("a hook that fails", () => {
  it("makes the revision fail, and is run again on the way back", async () => {
    const before = text(a("1"));
    const host = await hostWith(before);
    host.failing.add("join --all");
    const message = `join --all failed after ${conf} changed: exit status 1`;
    await expect(host.sync(text(a("2")))).rejects.toThrow(message);
    host.failing.clear();
    expect(listDone(await host.goBack(before))).toEqual([`run join --all: ${conf} changed`]);
  });

  it("ends the apply before the next hook and before the units are touched, if the host can go back", async () => {
    const rules = { [conf]: { run: [["first"], ["second"]], restarts: ["foreign.service"] } };
    const before = text(a("1"), rules);
    const host = await hostWith(before);
    host.run("foreign.service");
    const invocation = host.invocationOf("a.service");
    host.failing.add("first");
    const unit = {
      "units/a.service": `[Service]\nExecStart=/bin/y\n${enabled}`,
      "units/new.service": enabled,
    };
    await expect(host.sync(text({ ...a("2"), ...unit }, rules))).rejects.toThrow("first failed");
    host.failing.clear();
    const done = listDone(await host.goBack(before)).map((line) => line.split(":")[0]);
    expect(done).toEqual(["run first", "run second", "restart foreign.service"]);
    expect(host.invocationOf("a.service")).toBe(invocation);
    expect(host.invocationOf("new.service")).toBeNull();
  });

  it("keeps nothing from being done where there is no way back", async () => {
    const host = new SimulatedHost();
    host.failing.add("first");
    const next = text(a("1"), { [conf]: { run: [["first"], ["second"]] } });
    expect(listDone(await host.goBack(next)).map((line) => line.split(":")[0])).toEqual([
      "run second",
      "start a.service",
    ]);
    host.failing.clear();
    expect(listDone(await host.sync(next))).toEqual([`run first: ${conf} added`]);
  });

  it("is owed while a file names it, and no longer than an attempt when none does", async () => {
    const before = text({});
    const host = await hostWith(before);
    host.failing.add("join --all");
    await expect(host.sync(text(a("1")))).rejects.toThrow("join --all failed");
    await host.goBack(text(a("1")));
    expect(host.inventory.owedHooks).toHaveLength(1);
    await host.goBack(before);
    expect(host.inventory.owedHooks).toEqual([]);
  });

  it("is run for both revisions when they name different ones", async () => {
    const before = text(a("1"), { [conf]: { run: [["old"]] } });
    const next = text(a("2"), { [conf]: { run: [["new"]] } });
    const host = await hostWith(before);
    await host.attempt(next);
    expect(listDone(await host.goBack(before))).toEqual([
      `run new: ${conf} changed`,
      `run old: ${conf} changed`,
    ]);
  });
});

describe("an agent that is killed", () => {
  it.each(["write", "run"] as const)("before the %s runs the hook at its next start", async (kind) => {
    const host = await hostWith(text({}));
    await host.sync(text(a("1")), killedBefore(kind));
    expect(listDone(await host.sync(text(a("1"))))).toEqual([`run join --all: ${conf} added`]);
  });

  it("anywhere in a change, a deletion or a way back has the hook run after the last write", async () => {
    const [before, next] = [text({ ...a("1"), "files/etc/app/b.conf": "1" }), text(a("2"))];
    for (const turn of [false, true]) {
      for (let effects = 0; ; effects += 1) {
        const host = await hostWith(before);
        const goal = turn ? before : next;
        if (turn) await host.attempt(next);
        const first = await host.sync(goal, killedAfter(effects));
        const isWhole = host.inventory.applying === null;
        const second = await host.sync(goal);
        const kinds = [...first.steps, ...second.steps].map(({ kind }) => kind);
        const lastWrite = Math.max(
          ...["write", "delete", "restore"].map((kind) => kinds.lastIndexOf(kind as "write")),
        );
        expect(kinds.lastIndexOf("run"), `killed after ${effects} effects: ${kinds}`).toBeGreaterThan(
          lastWrite,
        );
        if (isWhole && second.steps.length === 0) break;
      }
    }
  });
});
