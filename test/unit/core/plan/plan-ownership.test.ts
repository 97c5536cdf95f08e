/** What a plan removes, refuses and never touches, and that a kill does not change that. */
import { describe, expect, it } from "vitest";
import { isEmptyPlan } from "../../../../src/core/plan/make-plan.ts";
import { build, listJobs, policy, SimulatedHost, unitDirectory } from "../../../support/values/scenario.ts";

const enabled = "[Install]\nWantedBy=multi-user.target\n";
const service = (body = "") => `[Service]\nExecStart=/bin/sleep inf\n${body}${enabled}`;

function hostWith(text: Parameters<SimulatedHost["sync"]>[0]): SimulatedHost {
  const host = new SimulatedHost();
  host.sync(text);
  return host;
}

describe("what git takes away", () => {
  it("is stopped first, then deleted with its links, and only what we own", () => {
    const host = hostWith({ files: { "units/a.service": service(), "units/b.service": service() } });
    host.putFile(`${unitDirectory}/foreign.service`, "x");
    const plan = host.sync({ files: { "units/b.service": service() } });
    const kinds = plan.steps.map((step) =>
      step.kind === "delete" ? `delete ${step.path.slice(20)}` : step.kind,
    );
    expect(kinds[0]).toBe("stop");
    expect(kinds).toContain("delete a.service");
    expect(kinds).toContain("delete multi-user.target.wants/a.service");
    expect(kinds.at(-1)).toBe("daemon-reload");
    expect(host.files.has(`${unitDirectory}/foreign.service`)).toBe(true);
    expect(host.inventory.units["a.service"]).toBeUndefined();
  });

  it("as an instance is stopped; one that was never declared is left alone", () => {
    const files = { "units/w@.service": service() };
    const host = hostWith({ files, units: { "w@.service": { instances: ["a", "b"] } } });
    host.run("w@manual.service");
    const plan = host.sync({ files, units: { "w@.service": { instances: ["a"] } } });
    expect(listJobs(plan)).toEqual(["stop w@b.service"]);
  });

  it("as a whole is refused, unless allow-empty", () => {
    const host = hostWith({ files: { "units/a.service": service() } });
    const { desired } = build({ files: {} });
    expect(host.plan(desired).refusals).toMatchObject([{ code: "empty" }]);
    expect(listJobs(host.plan(desired, { ...policy, allowEmpty: true }))).toEqual(["stop a.service"]);
  });

  it("as a whole is refused also when its secrets were left behind", () => {
    const secrets = { "secrets/a.service/token.age": "1" };
    const host = hostWith({ files: { "units/a.service": service() }, secrets });
    const { desired } = build({ files: {}, secrets });
    expect(host.plan(desired).refusals).toMatchObject([{ code: "empty" }]);
    expect(host.plan(desired, { ...policy, allowEmpty: true }).refusals).toEqual([]);
  });

  it("as a whole is not meant where there are secrets of foreign units only", () => {
    const host = hostWith({ files: {}, secrets: { "secrets/a.service/token.age": "1" } });
    const { desired } = build({ files: {}, secrets: { "secrets/a.service/token.age": "2" } });
    expect(host.plan(desired).refusals).toEqual([]);
  });

  it("stays when prune is off", () => {
    const host = hostWith({ files: { "units/a.service": service(), "units/b.service": service() } });
    const { desired } = build({ files: { "units/b.service": service() } });
    expect(isEmptyPlan(host.plan(desired, { ...policy, prune: false }))).toBe(true);
  });

  it("as a mask, or as state: stopped, stops what runs", () => {
    const host = hostWith({ files: { "units/a.service": service(), "units/b.service": service() } });
    const plan = host.sync({
      files: { "units/b.service": service() },
      links: { "units/a.service": "/dev/null" },
      units: { "b.service": { state: "stopped" } },
    });
    expect([...listJobs(plan)].sort()).toEqual(["stop a.service", "stop b.service"]);
  });
});

describe("foreign and protected things", () => {
  it("a different file of the same name is a conflict; an identical one is adopted without a restart", () => {
    const host = new SimulatedHost();
    host.putFile(`${unitDirectory}/a.service`, "something else");
    host.putFile(`${unitDirectory}/b.service`, service());
    host.run("b.service");
    const { desired } = build({ files: { "units/a.service": service(), "units/b.service": service() } });
    const plan = host.plan(desired);
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
  ])("%s cannot be owned", (name) => {
    const { desired } = build({ files: { [`units/${name}`]: service() } });
    expect(new SimulatedHost().plan(desired).refusals).toMatchObject([{ code: "protected", subject: name }]);
  });

  it("a drop-in for a protected unit is written, and its restart left to people", () => {
    const host = new SimulatedHost();
    host.run("ssh.service");
    const plan = host.sync({ files: { "units/ssh.service.d/x.conf": "[Service]\nNice=1\n" } });
    expect(listJobs(plan)).toEqual([]);
    expect(plan.spared).toMatchObject([{ unit: "ssh.service", pending: true }]);
  });

  it("a drop-in for a unit of the distribution restarts it when it comes, and when it goes", () => {
    const host = hostWith({ files: { "units/a.service": service() } });
    host.run("cron.service");
    const files = { "units/a.service": service(), "units/cron.service.d/x.conf": "[Service]\nNice=1\n" };
    expect(listJobs(host.sync({ files }))).toEqual(["restart cron.service"]);
    expect(listJobs(host.sync({ files: { "units/a.service": service() } }))).toEqual([
      "restart cron.service",
    ]);
    expect(host.inventory.units["cron.service"]).toBeUndefined();
  });

  it("a hand edit under a change is backed up", () => {
    const host = hostWith({ files: { "units/a.service": service() } });
    host.putFile(`${unitDirectory}/a.service`, "edited by hand");
    const plan = host.sync({ files: { "units/a.service": service("Nice=1\n") } });
    expect(plan.steps[0]).toMatchObject({ kind: "write", backup: true });
  });
});

describe("an agent that is killed after any step", () => {
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
  const total = hostWith(before).plan(build(after).desired).steps.length;

  it.each(Array.from({ length: total }, (_, index) => index))(
    "%i converges: changed units run anew, new ones run, nothing is left behind",
    (limit) => {
      const host = hostWith(before);
      const oldInvocations = new Map(
        ["a.service", "w@a.service"].map((name) => [name, host.invocationOf(name)]),
      );
      host.sync(after, limit);
      host.sync(after);
      for (const [name, old] of oldInvocations) expect(host.invocationOf(name), name).not.toBe(old);
      for (const name of ["new.service", "w@b.service"])
        expect(host.units.get(name)?.activeState, name).toBe("active");
      expect(host.units.get("gone.service")?.activeState).toBe("inactive");
      expect(host.files.has(`${unitDirectory}/gone.service`)).toBe(false);
      expect(host.generation).toBe(host.inventory.generation);
      expect(isEmptyPlan(host.sync(after))).toBe(true);
    },
  );
});
