import { describe, expect, it } from "vitest";
import { isEmptyPlan } from "../../../src/core/plan.ts";
import { build, listJobs, policy, SimulatedHost, unitDirectory } from "../../support/scenario.ts";

const enabled = "[Install]\nWantedBy=multi-user.target\n";
const service = (body = "") => `[Service]\nExecStart=/bin/sleep inf\n${body}${enabled}`;

function hostWith(text: Parameters<SimulatedHost["sync"]>[0]): SimulatedHost {
  const host = new SimulatedHost();
  host.sync(text);
  return host;
}

describe("the first sync", () => {
  it("writes, reloads once, and starts what is expected to run", () => {
    const host = new SimulatedHost();
    const plan = host.sync({
      files: { "units/a.service": service(), "units/b.service": "[Service]\nExecStart=/bin/true\n" },
    });
    expect(plan.steps.map(({ kind }) => kind)).toEqual(["write", "write", "write", "daemon-reload", "start"]);
    expect(listJobs(plan)).toEqual(["start a.service"]);
  });

  it("is followed by an empty plan", () => {
    const text = {
      files: { "units/a.service": service(), "files/etc/x": "1" },
      secrets: { "secrets/a.service/k.age": "s" },
    };
    const host = hostWith(text);
    expect(isEmptyPlan(host.sync(text))).toBe(true);
  });

  it("does not start a oneshot that only a timer triggers, nor one for a target that is not up", () => {
    const host = new SimulatedHost();
    const plan = host.sync({
      files: {
        "units/backup.service": "[Service]\nType=oneshot\nExecStart=/bin/true\n",
        "units/backup.timer": "[Timer]\nOnCalendar=daily\n[Install]\nWantedBy=timers.target\n",
        "units/bye.service":
          "[Service]\nType=oneshot\nExecStart=/bin/true\n[Install]\nWantedBy=shutdown.target\n",
      },
    });
    expect(listJobs(plan)).toEqual(["start backup.timer"]);
  });

  it("starts what a managed target pulls in that is itself enabled", () => {
    const plan = new SimulatedHost().sync({
      files: {
        "units/ots.target": `[Unit]\nWants=b.service\n${enabled}`,
        "units/a.service": "[Service]\nExecStart=/bin/true\n[Install]\nWantedBy=ots.target\n",
        "units/b.service": "[Service]\nExecStart=/bin/true\n",
      },
    });
    expect([...listJobs(plan)].sort()).toEqual(["start a.service", "start b.service", "start ots.target"]);
  });
});

describe("a change", () => {
  it("restarts the one service whose definition changed, and says which line", () => {
    const before = { "units/a.service": service(), "units/b.service": service() };
    const host = hostWith({ files: before });
    const plan = host.sync({ files: { ...before, "units/a.service": service("Environment=X=1\n") } });
    expect(listJobs(plan)).toEqual(["restart a.service"]);
    expect(plan.steps.at(-1)?.because).toBe("Environment= added (units/a.service:3)");
  });

  it("names the line of the value that is new, not of the last one of its key", () => {
    const text = (name: string) => service(`Environment=A=1\nEnvironment=${name}=1\nEnvironment=Z=1\n`);
    const host = hostWith({ files: { "units/a.service": text("B") } });
    const plan = host.sync({ files: { "units/a.service": text("C") } });
    expect(plan.steps.at(-1)?.because).toBe("Environment= changed (units/a.service:4)");
  });

  it("in a comment or a description restarts nothing, and says why not", () => {
    const host = hostWith({ files: { "units/a.service": service() } });
    const plan = host.sync({ files: { "units/a.service": `# hello\n[Unit]\nDescription=x\n${service()}` } });
    expect(plan.steps.map(({ kind }) => kind)).toEqual(["write", "daemon-reload"]);
    expect(plan.spared[0]).toMatchObject({ unit: "a.service", class: "inert", pending: false });
  });

  it("of a key that the manager reads when it uses it leaves the process running", () => {
    const host = hostWith({ files: { "units/a.service": service() } });
    const plan = host.sync({ files: { "units/a.service": service("Restart=always\nTasksMax=9\n") } });
    expect(listJobs(plan)).toEqual([]);
    expect(plan.spared[0]?.class).toBe("live");
  });

  it("that adds a Wants= asks for a start job, which pulls the new unit in", () => {
    const files = { "units/a.service": service(), "units/b.service": "[Service]\nExecStart=/bin/true\n" };
    const host = hostWith({ files });
    const plan = host.sync({
      files: { ...files, "units/a.service": `[Unit]\nWants=b.service\n${service()}` },
    });
    expect(listJobs(plan)).toContain("start a.service");
    expect(listJobs(plan)).not.toContain("restart a.service");
  });

  it("of a timer runs nothing and restarts nothing", () => {
    const timer = (when: string) => `[Timer]\nOnCalendar=${when}\n[Install]\nWantedBy=timers.target\n`;
    const files = {
      "units/b.service": "[Service]\nType=oneshot\nExecStart=/bin/true\n",
      "units/b.timer": timer("daily"),
    };
    const host = hostWith({ files });
    const plan = host.sync({ files: { ...files, "units/b.timer": timer("hourly") } });
    expect(listJobs(plan)).toEqual([]);
  });

  it("of a oneshot leaves its running process alone", () => {
    const oneshot = (body: string) => `[Service]\nType=oneshot\nExecStart=/bin/${body}\n`;
    const host = hostWith({ files: { "units/b.service": oneshot("one") } });
    host.run("b.service", { activeState: "activating", subState: "start" });
    expect(listJobs(host.sync({ files: { "units/b.service": oneshot("two") } }))).toEqual([]);
  });

  it("of a template restarts every active instance, declared or not", () => {
    const template = (body: string) => `[Service]\nExecStart=/bin/sleep inf\n${body}${enabled}`;
    const units = { "w@.service": { instances: ["a", "b"] } };
    const host = hostWith({ files: { "units/w@.service": template("") }, units });
    host.run("w@manual.service");
    const plan = host.sync({ files: { "units/w@.service": template("Nice=1\n") }, units });
    expect([...listJobs(plan)].sort()).toEqual([
      "restart w@a.service",
      "restart w@b.service",
      "restart w@manual.service",
    ]);
  });

  it("of a mentioned file restarts who mentions it", () => {
    const files = {
      "units/a.service": service("EnvironmentFile=/etc/x\n"),
      "units/b.service": service(),
      "files/etc/x": "1",
    };
    const host = hostWith({ files });
    expect(listJobs(host.sync({ files: { ...files, "files/etc/x": "2" } }))).toEqual(["restart a.service"]);
  });

  it("of a secret restarts its consumer only, and an unchanged plaintext nobody", () => {
    const files = { "units/a.service": service(), "units/b.service": service() };
    const host = hostWith({ files, secrets: { "secrets/a.service/k.age": "one" } });
    expect(listJobs(host.sync({ files, secrets: { "secrets/a.service/k.age": "one" } }))).toEqual([]);
    const plan = host.sync({ files, secrets: { "secrets/a.service/k.age": "two" } });
    expect(listJobs(plan)).toEqual(["restart a.service"]);
    expect(plan.steps[0]?.kind).toBe("credentials");
  });

  it("of a socket stops its service first, and starts it again only if it is meant to run by itself", () => {
    const socket = (port: number) => `[Socket]\nListenStream=${port}\n[Install]\nWantedBy=sockets.target\n`;
    const files = { "units/q.socket": socket(1), "units/q.service": "[Service]\nExecStart=/bin/true\n" };
    const host = hostWith({ files });
    host.run("q.service");
    expect(listJobs(host.sync({ files: { ...files, "units/q.socket": socket(2) } }))).toEqual([
      "stop q.service",
      "restart q.socket",
    ]);
  });

  it("is a reload, or left to people, where gitops.yaml says so", () => {
    const files = { "units/a.service": service(), "units/b.service": service() };
    const units = {
      "a.service": { onChange: "reload" as const },
      "b.service": { onChange: "none" as const },
    };
    const host = hostWith({ files, units });
    const changed = { "units/a.service": service("Nice=1\n"), "units/b.service": service("Nice=1\n") };
    const plan = host.sync({ files: changed, units });
    expect(listJobs(plan)).toEqual(["reload a.service"]);
    expect(plan.spared).toMatchObject([{ unit: "b.service", pending: true }]);
    expect(host.inventory.units["b.service"]?.pending).toContain("Nice= added");
  });

  it("that was left to people is settled once somebody restarted the unit", () => {
    const units = { "b.service": { onChange: "none" as const } };
    const host = hostWith({ files: { "units/b.service": service() }, units });
    const changed = { files: { "units/b.service": service("Nice=1\n") }, units };
    host.sync(changed);
    host.run("b.service", { startedAtUs: Number.MAX_SAFE_INTEGER });
    host.sync(changed);
    expect(host.inventory.units["b.service"]).toMatchObject({ pending: null, startedWith: "same" });
  });

  it("that takes back one which was never acted upon restarts nothing", () => {
    const units = { "b.service": { onChange: "none" as const } };
    const original = { files: { "units/b.service": service() }, units };
    const host = hostWith(original);
    host.sync({ files: { "units/b.service": service("Nice=1\n") }, units });
    const plan = host.sync({ files: original.files });
    expect(listJobs(plan)).toEqual([]);
  });
});

describe("a restart", () => {
  it("says whom systemd takes along, and has them settle, too", () => {
    const bound = (unit: string) => `[Unit]\nRequires=${unit}\n${service()}`;
    const files = {
      "units/a.service": service(),
      "units/b.service": bound("a.service"),
      "units/c.service": bound("b.service"),
    };
    const host = hostWith({ files });
    const changed = { ...files, "units/a.service": service("Nice=1\n") };
    const plan = host.plan(build({ files: changed }).desired);
    expect(listJobs(plan)).toEqual(["restart a.service"]);
    expect(plan.alongside.map(({ unit }) => unit)).toEqual(["b.service", "c.service"]);
    host.sync({ files: changed }, plan.steps.length - 1);
    expect([...host.inventory.settling].sort()).toEqual(["a.service", "b.service", "c.service"]);
  });
});

describe("a unit that does not run", () => {
  it("is left stopped by a change when somebody stopped it", () => {
    const host = hostWith({ files: { "units/a.service": service() } });
    host.stop("a.service");
    expect(listJobs(host.sync({ files: { "units/a.service": service("Nice=1\n") } }))).toEqual([]);
  });

  it("is started by a change when it had failed", () => {
    const host = hostWith({ files: { "units/a.service": service() } });
    host.fail("a.service");
    expect(listJobs(host.sync({ files: { "units/a.service": service("Nice=1\n") } }))).toEqual([
      "start a.service",
    ]);
  });

  it("is not started by a change to others when it had failed", () => {
    const files = { "units/a.service": service(), "units/b.service": service() };
    const host = hostWith({ files });
    host.fail("a.service");
    expect(listJobs(host.sync({ files: { ...files, "units/b.service": service("Nice=1\n") } }))).toEqual([
      "restart b.service",
    ]);
  });
});

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
