/** What a plan removes, refuses and never touches, and that a kill does not change that. */
import { describe, expect, it } from "vitest";
import { isEmptyPlan } from "../../../../src/core/plan/make-plan.ts";
import { killedAfter } from "../../../support/memory-host/effects.ts";
import { hostWith, SimulatedHost } from "../../../support/memory-host/simulated-host.ts";
import { listJobs, policy, unitDirectory } from "../../../support/values/scenario.ts";

const enabled = "[Install]\nWantedBy=multi-user.target\n";
const service = (body = "") => `[Service]\nExecStart=/bin/sleep inf\n${body}${enabled}`;

describe("what git takes away", () => {
  it("is stopped first, then deleted with its links, and only what we own", async () => {
    const host = await hostWith({ files: { "units/a.service": service(), "units/b.service": service() } });
    host.putFile(`${unitDirectory}/foreign.service`, "x");
    const plan = await host.sync({ files: { "units/b.service": service() } });
    const kinds = plan.steps.map((step) =>
      step.kind === "delete" ? `delete ${step.path?.slice(20)}` : step.kind,
    );
    expect(kinds[0]).toBe("stop");
    expect(kinds).toContain("delete a.service");
    expect(kinds).toContain("delete multi-user.target.wants/a.service");
    expect(kinds.at(-1)).toBe("daemon-reload");
    expect(host.files.has(`${unitDirectory}/foreign.service`)).toBe(true);
    expect(host.inventory.units["a.service"]).toBeUndefined();
  });

  it("as an instance is stopped; one that was never declared is left alone", async () => {
    const files = { "units/w@.service": service() };
    const host = await hostWith({ files, units: { "w@.service": { instances: ["a", "b"] } } });
    host.run("w@manual.service");
    const plan = await host.sync({ files, units: { "w@.service": { instances: ["a"] } } });
    expect(listJobs(plan)).toEqual(["stop w@b.service"]);
  });

  it("as a whole is refused, unless allow-empty", async () => {
    const host = await hostWith({ files: { "units/a.service": service() } });
    const next = { files: {} };
    expect((await host.plan(next)).refusals).toMatchObject([{ code: "empty" }]);
    expect(listJobs(await host.plan(next, { ...policy, allowEmpty: true }))).toEqual(["stop a.service"]);
  });

  it("as a whole is refused also when its secrets were left behind", async () => {
    const secrets = { "secrets/a.service/token.age": "1" };
    const host = await hostWith({ files: { "units/a.service": service() }, secrets });
    const next = { files: {}, secrets };
    expect((await host.plan(next)).refusals).toMatchObject([{ code: "empty" }]);
    expect((await host.plan(next, { ...policy, allowEmpty: true })).refusals).toEqual([]);
  });

  it("as a whole is not meant where there are secrets of foreign units only", async () => {
    const host = await hostWith({ files: {}, secrets: { "secrets/a.service/token.age": "1" } });
    const next = { files: {}, secrets: { "secrets/a.service/token.age": "2" } };
    expect((await host.plan(next)).refusals).toEqual([]);
  });

  it("stays when prune is off", async () => {
    const host = await hostWith({ files: { "units/a.service": service(), "units/b.service": service() } });
    const next = { files: { "units/b.service": service() } };
    expect(isEmptyPlan(await host.plan(next, { ...policy, prune: false }))).toBe(true);
  });

  it("as a mask, or as state: stopped, stops what runs", async () => {
    const host = await hostWith({ files: { "units/a.service": service(), "units/b.service": service() } });
    const plan = await host.sync({
      files: { "units/b.service": service() },
      links: { "units/a.service": "/dev/null" },
      units: { "b.service": { state: "stopped" } },
    });
    expect([...listJobs(plan)].sort()).toEqual(["stop a.service", "stop b.service"]);
  });
});

describe("foreign and protected things", () => {
  it("a different file of the same name is a conflict; an identical one is adopted without a restart", async () => {
    const host = new SimulatedHost();
    host.putFile(`${unitDirectory}/a.service`, "something else");
    host.putFile(`${unitDirectory}/b.service`, service());
    host.run("b.service");
    const next = { files: { "units/a.service": service(), "units/b.service": service() } };
    const plan = await host.plan(next);
    expect(plan.refusals).toMatchObject([{ code: "conflict", subject: `${unitDirectory}/a.service` }]);
    expect(plan.steps).toContainEqual(expect.objectContaining({ kind: "adopt" }));
    expect(listJobs(plan)).not.toContain("restart b.service");
  });

  it.each([
    "ssh.service",
    "sshd.service",
    "dbus.service",
    "systemd-journald.service",
    "multi-user.target",
    "gitops-agent.service",
  ])("%s cannot be owned", async (name) => {
    const next = { files: { [`units/${name}`]: service() } };
    expect((await new SimulatedHost().plan(next)).refusals).toMatchObject([
      { code: "protected", subject: name },
    ]);
  });

  it("a drop-in for a protected unit is written, and its restart left to people", async () => {
    const host = new SimulatedHost();
    host.run("ssh.service");
    const plan = await host.sync({ files: { "units/ssh.service.d/x.conf": "[Service]\nNice=1\n" } });
    expect(listJobs(plan)).toEqual([]);
    expect(plan.spared).toMatchObject([{ unit: "ssh.service", pending: true }]);
  });

  it("a drop-in for a unit of the distribution restarts it when it comes, and when it goes", async () => {
    const host = await hostWith({ files: { "units/a.service": service() } });
    host.run("cron.service");
    const files = { "units/a.service": service(), "units/cron.service.d/x.conf": "[Service]\nNice=1\n" };
    expect(listJobs(await host.sync({ files }))).toEqual(["restart cron.service"]);
    expect(listJobs(await host.sync({ files: { "units/a.service": service() } }))).toEqual([
      "restart cron.service",
    ]);
    expect(host.inventory.units["cron.service"]).toBeUndefined();
  });

  it("an instance of a template of the distribution is restarted once, also when the agent is killed right then", async () => {
    const withSecret = (plaintext: string) => ({
      files: { "units/a.service": service() },
      secrets: { "secrets/w@.service/k.age": plaintext },
    });
    const host = await hostWith(withSecret("one"));
    host.run("w@one.service");
    const next = withSecret("two");
    let isRestarted = false;
    await host.sync(next, {
      killedBefore: ({ kind }) => {
        if (isRestarted) return true;
        isRestarted = kind === "restart";
        return false;
      },
    });
    expect(isRestarted).toBe(true);
    expect(listJobs(await host.sync(next))).toEqual([]);
    expect(host.runsOf("w@one.service")).toBe(2);
  });

  it("a hand edit under a change is backed up", async () => {
    const host = await hostWith({ files: { "units/a.service": service() } });
    host.putFile(`${unitDirectory}/a.service`, "edited by hand");
    const plan = await host.plan({ files: { "units/a.service": service("Nice=1\n") } });
    expect(plan.steps[0]).toMatchObject({ kind: "write", backup: true });
  });
});

describe("an agent that is killed after any step", async () => {
  const before = {
    files: {
      "units/a.service": service("EnvironmentFile=/etc/x\n"),
      "units/gone.service": service(),
      "units/w@.service": service(),
      "files/etc/x": "1",
    },
    units: { "w@.service": { instances: ["a"] } },
    secrets: { "secrets/a.service/k.age": "one" },
  };
  const after = {
    files: {
      "units/a.service": service("EnvironmentFile=/etc/x\nNice=1\n"),
      "units/new.service": service(),
      "units/w@.service": service("Nice=1\n"),
      "files/etc/x": "2",
    },
    units: { "w@.service": { instances: ["a", "b"] } },
    secrets: { "secrets/a.service/k.age": "two" },
  };
  const undisturbed = await hostWith(before);
  await undisturbed.sync(after);
  const total = undisturbed.effectCount;

  it.each(Array.from({ length: total }, (_, index) => index))(
    "%i converges: changed units run anew, new ones run, nothing is left behind",
    async (effects) => {
      const host = await hostWith(before);
      const oldInvocations = new Map(
        ["a.service", "w@a.service"].map((name) => [name, host.invocationOf(name)]),
      );
      await host.sync(after, killedAfter(effects));
      await host.sync(after);
      for (const [name, old] of oldInvocations) expect(host.invocationOf(name), name).not.toBe(old);
      for (const name of ["new.service", "w@b.service"])
        expect(host.units.get(name)?.activeState, name).toBe("active");
      expect(host.units.get("gone.service")?.activeState).toBe("inactive");
      expect(host.files.has(`${unitDirectory}/gone.service`)).toBe(false);
      expect(host.generation).toBe(host.inventory.generation);
      expect((await host.sync(after)).steps).toEqual([]);
      expect(isEmptyPlan(await host.plan(after))).toBe(true);
    },
  );
});
