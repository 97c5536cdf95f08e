import { describe, expect, it } from "vitest";
import { killedBefore } from "../../../support/memory-host/effects.ts";
import { hostWith } from "../../../support/memory-host/simulated-host.ts";
import { listJobs } from "../../../support/values/scenario.ts";

const enabled = "[Install]\nWantedBy=multi-user.target\n";
const service = (body = "") => `[Service]\nExecStart=/bin/sleep inf\n${body}${enabled}`;

describe("a change", () => {
  it("restarts the one service whose definition changed, and says which line", async () => {
    const before = { "units/a.service": service(), "units/b.service": service() };
    const host = await hostWith({ files: before });
    const plan = await host.sync({ files: { ...before, "units/a.service": service("Environment=X=1\n") } });
    expect(listJobs(plan)).toEqual(["restart a.service"]);
    expect(plan.steps.at(-1)?.because).toBe("Environment= added (units/a.service:3)");
  });

  it("names the line of the value that is new, not of the last one of its key", async () => {
    const text = (name: string) => service(`Environment=A=1\nEnvironment=${name}=1\nEnvironment=Z=1\n`);
    const host = await hostWith({ files: { "units/a.service": text("B") } });
    const plan = await host.sync({ files: { "units/a.service": text("C") } });
    expect(plan.steps.at(-1)?.because).toBe("Environment= changed (units/a.service:4)");
  });

  it("in a comment or a description restarts nothing, and says why not", async () => {
    const host = await hostWith({ files: { "units/a.service": service() } });
    const text = { files: { "units/a.service": `# hello\n[Unit]\nDescription=x\n${service()}` } };
    const { spared } = await host.plan(text);
    expect(spared[0]).toMatchObject({ unit: "a.service", class: "inert", pending: false });
    const done = await host.sync(text);
    expect(done.steps.map(({ kind }) => kind)).toEqual(["write", "daemon-reload"]);
    expect(done.spared[0]).toMatchObject({ unit: "a.service", pending: false });
  });

  it("of a key that the manager reads when it uses it leaves the process running", async () => {
    const host = await hostWith({ files: { "units/a.service": service() } });
    const text = { files: { "units/a.service": service("Restart=always\nTasksMax=9\n") } };
    expect((await host.plan(text)).spared[0]?.class).toBe("live");
    expect(listJobs(await host.sync(text))).toEqual([]);
  });

  it("that adds a Wants= asks for a start job, which pulls the new unit in", async () => {
    const files = { "units/a.service": service(), "units/b.service": "[Service]\nExecStart=/bin/true\n" };
    const host = await hostWith({ files });
    const plan = await host.sync({
      files: { ...files, "units/a.service": `[Unit]\nWants=b.service\n${service()}` },
    });
    expect(listJobs(plan)).toContain("start a.service");
    expect(listJobs(plan)).not.toContain("restart a.service");
  });

  it("of a timer runs nothing and restarts nothing", async () => {
    const timer = (when: string) => `[Timer]\nOnCalendar=${when}\n[Install]\nWantedBy=timers.target\n`;
    const files = {
      "units/b.service": "[Service]\nType=oneshot\nExecStart=/bin/true\n",
      "units/b.timer": timer("daily"),
    };
    const host = await hostWith({ files });
    const plan = await host.sync({ files: { ...files, "units/b.timer": timer("hourly") } });
    expect(listJobs(plan)).toEqual([]);
  });

  it("of a oneshot leaves its running process alone", async () => {
    const oneshot = (body: string) => `[Service]\nType=oneshot\nExecStart=/bin/${body}\n`;
    const host = await hostWith({ files: { "units/b.service": oneshot("one") } });
    host.run("b.service", { activeState: "activating", subState: "start" });
    expect(listJobs(await host.sync({ files: { "units/b.service": oneshot("two") } }))).toEqual([]);
  });

  it("of a template restarts every active instance, declared or not", async () => {
    const template = (body: string) => `[Service]\nExecStart=/bin/sleep inf\n${body}${enabled}`;
    const units = { "w@.service": { instances: ["a", "b"] } };
    const host = await hostWith({ files: { "units/w@.service": template("") }, units });
    host.run("w@manual.service");
    const plan = await host.sync({ files: { "units/w@.service": template("Nice=1\n") }, units });
    expect([...listJobs(plan)].sort()).toEqual([
      "restart w@a.service",
      "restart w@b.service",
      "restart w@manual.service",
    ]);
  });

  it("of a mentioned file restarts the units that mention it", async () => {
    const files = {
      "units/a.service": service("EnvironmentFile=/etc/x\n"),
      "units/b.service": service(),
      "files/etc/x": "1",
    };
    const host = await hostWith({ files });
    expect(listJobs(await host.sync({ files: { ...files, "files/etc/x": "2" } }))).toEqual([
      "restart a.service",
    ]);
  });

  it("of a secret restarts its consumer only, and an unchanged plaintext nobody", async () => {
    const files = { "units/a.service": service(), "units/b.service": service() };
    const host = await hostWith({ files, secrets: { "secrets/a.service/k.age": "one" } });
    expect(listJobs(await host.sync({ files, secrets: { "secrets/a.service/k.age": "one" } }))).toEqual([]);
    const plan = await host.sync({ files, secrets: { "secrets/a.service/k.age": "two" } });
    expect(listJobs(plan)).toEqual(["restart a.service"]);
    expect(plan.steps[0]?.kind).toBe("credentials");
  });

  it("of a socket stops its service first, and starts it again only if it is meant to run by itself", async () => {
    const socket = (port: number) => `[Socket]\nListenStream=${port}\n[Install]\nWantedBy=sockets.target\n`;
    const files = { "units/q.socket": socket(1), "units/q.service": "[Service]\nExecStart=/bin/true\n" };
    const host = await hostWith({ files });
    host.run("q.service");
    expect(listJobs(await host.sync({ files: { ...files, "units/q.socket": socket(2) } }))).toEqual([
      "stop q.service",
      "restart q.socket",
    ]);
  });

  it("is a reload, or left to people, where gitops.yaml says so", async () => {
    const files = { "units/a.service": service(), "units/b.service": service() };
    const units = {
      "a.service": { onChange: "reload" as const },
      "b.service": { onChange: "none" as const },
    };
    const host = await hostWith({ files, units });
    const changed = { "units/a.service": service("Nice=1\n"), "units/b.service": service("Nice=1\n") };
    const plan = await host.sync({ files: changed, units });
    expect(listJobs(plan)).toEqual(["reload a.service"]);
    expect(plan.spared).toMatchObject([{ unit: "b.service", pending: true }]);
    expect(host.inventory.units["b.service"]?.pending).toContain("Nice= added");
  });

  describe("of a oneshot that stays active and has a condition", () => {
    const format = (label: string) =>
      `[Unit]\nConditionPathExists=!/dev/disk/by-label/data\n[Service]\nType=oneshot\nRemainAfterExit=yes\nExecStart=/sbin/mkfs -L ${label} /dev/sdb\n${enabled}`;

    it("does not run it again", async () => {
      const host = await hostWith({ files: { "units/format.service": format("data") } });
      const plan = await host.sync({ files: { "units/format.service": format("other") } });
      expect(listJobs(plan)).toEqual([]);
      expect(plan.spared).toMatchObject([{ unit: "format.service", pending: false }]);
      expect(listJobs(await host.plan({ files: { "units/format.service": format("other") } }))).toEqual([]);
    });

    it("runs it again where gitops.yaml says on-change: restart", async () => {
      const units = { "format.service": { onChange: "restart" as const } };
      const host = await hostWith({ files: { "units/format.service": format("data") }, units });
      const plan = await host.sync({ files: { "units/format.service": format("other") }, units });
      expect(listJobs(plan)).toEqual(["restart format.service"]);
    });

    it("runs it again when the condition was reset", async () => {
      const reset = (label: string) =>
        format(label).replace("[Service]", "[Unit]\nConditionPathExists=\n[Service]");
      const host = await hostWith({ files: { "units/format.service": reset("data") } });
      const plan = await host.sync({ files: { "units/format.service": reset("other") } });
      expect(listJobs(plan)).toEqual(["restart format.service"]);
    });
  });

  it("that was left to people is settled once somebody restarted the unit", async () => {
    const units = { "b.service": { onChange: "none" as const } };
    const host = await hostWith({ files: { "units/b.service": service() }, units });
    const changed = { files: { "units/b.service": service("Nice=1\n") }, units };
    await host.sync(changed);
    host.run("b.service", { startedAtUs: Number.MAX_SAFE_INTEGER });
    await host.sync(changed);
    expect(host.inventory.units["b.service"]).toMatchObject({ pending: null, startedWith: "same" });
  });

  it("that takes back one which was never acted upon restarts nothing", async () => {
    const units = { "b.service": { onChange: "none" as const } };
    const original = { files: { "units/b.service": service() }, units };
    const host = await hostWith(original);
    await host.sync({ files: { "units/b.service": service("Nice=1\n") }, units });
    const plan = await host.sync({ files: original.files });
    expect(listJobs(plan)).toEqual([]);
  });
});

describe("a restart", () => {
  it("says whom systemd takes along, and has them settle, too", async () => {
    const bound = (unit: string) => `[Unit]\nRequires=${unit}\n${service()}`;
    const files = {
      "units/a.service": service(),
      "units/b.service": bound("a.service"),
      "units/c.service": bound("b.service"),
    };
    const host = await hostWith({ files });
    const changed = { ...files, "units/a.service": service("Nice=1\n") };
    const plan = await host.plan({ files: changed });
    expect(listJobs(plan)).toEqual(["restart a.service"]);
    expect(plan.alongside.map(({ unit }) => unit)).toEqual(["b.service", "c.service"]);
    await host.sync({ files: changed }, killedBefore("restart"));
    expect([...host.inventory.settling].sort()).toEqual(["a.service", "b.service", "c.service"]);
  });
});

describe("a unit that does not run", () => {
  it("is left stopped by a change when somebody stopped it", async () => {
    const host = await hostWith({ files: { "units/a.service": service() } });
    host.stop("a.service");
    expect(listJobs(await host.sync({ files: { "units/a.service": service("Nice=1\n") } }))).toEqual([]);
  });

  it("is started by a change when it had failed", async () => {
    const host = await hostWith({ files: { "units/a.service": service() } });
    host.fail("a.service");
    expect(listJobs(await host.sync({ files: { "units/a.service": service("Nice=1\n") } }))).toEqual([
      "start a.service",
    ]);
  });

  it("is not started by a change to others when it had failed", async () => {
    const files = { "units/a.service": service(), "units/b.service": service() };
    const host = await hostWith({ files });
    host.fail("a.service");
    expect(
      listJobs(await host.sync({ files: { ...files, "units/b.service": service("Nice=1\n") } })),
    ).toEqual(["restart b.service"]);
  });
});
