/** Hooks of managed files that reload or restart units: when they are planned, and what is left owed. The real agent brings a host in memory to a text. */
import { describe, expect, it } from "vitest";
import type { FileRules } from "../../../../src/core/model/rules.ts";
import { createProtection } from "../../../../src/core/plan/protection.ts";
import { killedBefore } from "../../../support/memory-host/effects.ts";
import { hostWith } from "../../../support/memory-host/simulated-host.ts";
import { policy, type RepositoryText } from "../../../support/values/scenario.ts";

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

describe("a reload", () => {
  const rules = { [conf]: { reloads: ["a.service", "foreign.service"] } };

  it("reaches units of git and of others that run", async () => {
    const host = await hostWith(text({}, rules));
    host.run("foreign.service");
    expect(listDone(await host.sync(text(a("1"), rules)))).toEqual([
      `reload a.service: ${conf} added`,
      `reload foreign.service: ${conf} added`,
    ]);
    expect(listDone(await host.sync(text({}, {})))).toEqual([
      `reload a.service: ${conf} removed`,
      `reload foreign.service: ${conf} removed`,
    ]);
    expect(host.inventory.units["foreign.service"]).toBeUndefined();
  });

  it("does not start a unit that does not run", async () => {
    const host = await hostWith(text({}, rules));
    host.stop("a.service");
    expect(listDone(await host.sync(text(a("1"), rules)))).toEqual([]);
    expect(host.inventory.owedHooks).toEqual([]);
  });

  it("takes the place of the restart that a mention would be, and starts a unit that failed", async () => {
    const unit = { "units/a.service": `[Service]\nExecStart=/bin/x ${conf}\n${enabled}` };
    const host = await hostWith(text({ ...a("1"), ...unit }, rules));
    expect(listDone(await host.sync(text({ ...a("2"), ...unit }, rules)))).toEqual([
      `reload a.service: ${conf} changed`,
    ]);
    host.fail("a.service");
    expect(listDone(await host.sync(text({ ...a("3"), ...unit }, rules)))).toEqual([
      `start a.service: it was down, and ${conf} changed`,
    ]);
  });

  it("is not done to a unit that is restarted anyway", async () => {
    const host = await hostWith(text(a("1"), rules));
    const unit = { "units/a.service": `[Service]\nExecStart=/bin/y\n${enabled}` };
    expect(listDone(await host.sync(text({ ...a("2"), ...unit }, rules)))).toEqual([
      "restart a.service: ExecStart= changed (units/a.service:2)",
    ]);
    expect(host.inventory.owedHooks).toEqual([]);
  });

  it("does not settle what is pending for the unit", async () => {
    const rest: RepositoryText["units"] = { "a.service": { onChange: "none" } };
    const host = await hostWith({ ...text(a("1"), rules), units: rest });
    const unit = { "units/a.service": `[Service]\nExecStart=/bin/y\n${enabled}` };
    await host.sync({ ...text({ ...a("2"), ...unit }, rules), units: rest });
    expect(host.inventory.units["a.service"]?.pending).toContain("on-change: none");
  });

  it("of a protected unit is left to people", async () => {
    const host = await hostWith(text({}, rules));
    host.run("foreign.service");
    const protective = { ...policy, isProtected: createProtection(["foreign.service"], []) };
    const plan = await host.plan(text(a("1"), rules), protective);
    expect(plan.spared.map(({ unit, pending }) => [unit, pending])).toEqual([["foreign.service", true]]);
    expect(listDone(plan)).toEqual([`reload a.service: ${conf} added`]);
  });

  it("that was owed when the agent was killed is done at its next start", async () => {
    const host = await hostWith(text({}, rules));
    host.run("foreign.service");
    await host.sync(text(a("1"), rules), killedBefore("reload"));
    expect(listDone(await host.sync(text(a("1"), rules)))).toHaveLength(2);
  });
});

describe("a restart", () => {
  const rules = { [conf]: { restarts: ["foreign.service"], reloads: ["foreign.service"] } };

  it("of a unit that is not in git comes before its reload", async () => {
    const host = await hostWith(text({}, rules));
    host.run("foreign.service");
    const before = host.invocationOf("foreign.service");
    expect(listDone(await host.sync(text(a("1"), rules)))).toEqual([
      `restart foreign.service: ${conf} added`,
    ]);
    expect(host.invocationOf("foreign.service")).not.toBe(before);
  });
});
