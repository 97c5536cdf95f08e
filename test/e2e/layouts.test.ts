/** Repositories that were not made for gitops-agent: their unit files stay as they are, beside at most a gitops.yaml. */
import { beforeAll, describe, expect, it } from "vitest";
import { AgentHost } from "../support/hosts/agent-host.ts";
import { describeOnEachRoot } from "../support/machine/each-root.ts";
import { sleeper } from "../support/texts/unit-texts.ts";

const install = "[Install]\nWantedBy=multi-user.target\n";
const job = `[Service]\nType=oneshot\nExecStart=/bin/sh -c 'echo ran >>/run/jobs; exec sleep 3'\n${install}`;
const timer = "[Timer]\nOnActiveSec=1s\nRemainAfterElapse=yes\n[Install]\nWantedBy=timers.target\n";

describeOnEachRoot("a repository with another layout", (boot) => {
  let host: AgentHost;

  beforeAll(async () => {
    host = await AgentHost.boot(boot);
    const { machine } = host;
    await machine.writeFile("/usr/lib/systemd/system/vendor.service", sleeper());
    await machine.check(["systemctl", "daemon-reload"]);
    await host.push({
      "gitops.yaml":
        "layout: { units: [., 'operators/*', 'deep/**'], files: [rootfs] }\nunits: { backup.service: { enabled: false } }\n",
      "README.md": "units of our server\n",
      "web.service": sleeper(),
      "web.service.d/10-nice.conf": "[Service]\nNice=1\n",
      "web.service.in": "[Service]\n",
      "backup.service": job,
      "operators/mail/mail.service": sleeper(),
      "operators/mail/deploy.sh": "#!/bin/sh\n",
      "deep/a/b/c.service": sleeper(),
      "deep/old.old/gone.service": sleeper(),
      "worker@.service": sleeper(),
      "worker@own.service": sleeper("Nice=2\n"),
      "multi-user.target.wants/worker@linked.service": { symlink: "../worker@.service" },
      "rootfs/etc/systemd/system/tree.service": sleeper(),
      "rootfs/etc/tree.conf": "x\n",
    });
    await host.start();
    await machine.waitFor("the first sync", async () => (await host.status()).sync.state === "in-sync");
  });

  const unitsUp = [
    "web.service",
    "mail.service",
    "c.service",
    "tree.service",
    "worker@linked.service",
    "worker@own.service",
  ];

  it("has its units found, enabled and started, and everything else left out", async () => {
    const { machine } = host;
    for (const unit of unitsUp) expect(await host.activeState(unit), unit).toBe("active");
    expect(await machine.properties("web.service", ["Nice"])).toEqual({ Nice: "1" });
    expect(await machine.readFile("/etc/tree.conf")).toBe("x\n");
    for (const path of ["README.md", "web.service.in", "gone.service", "deploy.sh"]) {
      expect(await machine.exists(`/etc/systemd/system/${path}`), path).toBe(false);
    }
    expect((await host.run("plan")).exitCode).toBe(0);
  });

  it("interrupts only the changed unit, wherever its file lies", async () => {
    const before = await host.machine.invocationIds(unitsUp);
    await host.deploy({ "operators/mail/mail.service": sleeper("Nice=5\n"), "README.md": "more\n" });
    const after = await host.machine.invocationIds(unitsUp);
    const changed = unitsUp.filter((unit) => before.get(unit) !== after.get(unit));
    expect(changed).toEqual(["mail.service"]);
  });

  it("is checked with one line for what is passed over, and --verbose names all of it", async () => {
    const { machine } = host;
    await machine.check(["git", "clone", "--quiet", "/srv/hosts.git", "/root/checkout"]);
    const { stdout, exitCode } = await host.run("check", "/root/checkout");
    expect(exitCode).toBe(0);
    expect(stdout).toContain("passed over 4 files that are no units: README.md, ");
    const verbose = await host.run("check", "/root/checkout", "--verbose");
    expect(verbose.stdout).toContain("\n  operators/mail/deploy.sh\n");
  });

  it("without a gitops.yaml gets a layout proposed that finds all its units", async () => {
    await host.machine.check(["rm", "/root/checkout/gitops.yaml"]);
    const { stdout, exitCode } = await host.run("check", "--suggest", "/root/checkout");
    expect(exitCode).toBe(0);
    expect(stdout).toContain('layout:\n  units: [".", deep/a/b, operators/mail]\n  files: [rootfs]\n');
    expect(stdout).toContain("localhost: 8 units, 1 file, 0 secrets");
  });

  describe("with enabled: false", () => {
    const runs = async () => await host.machine.shell("grep -c ran /run/jobs 2>/dev/null || true");

    it("does not run a oneshot at the first sync, and does not enable it", async () => {
      expect(await runs()).toBe("");
      expect((await host.machine.run(["systemctl", "is-enabled", "backup.service"])).stdout.trim()).toBe(
        "disabled",
      );
    });

    it("lets its timer run it, and a commit meanwhile neither stops nor starts it", async () => {
      const { machine } = host;
      await host.deploy({ "backup.timer": timer });
      await machine.waitFor(
        "the job to run",
        async () => (await host.activeState("backup.service")) === "activating",
      );
      const invocation = await host.invocationId("backup.service");
      await host.deploy({ "backup.service": `${job}# a comment\n`, "web.service": sleeper("Nice=4\n") });
      expect(await host.invocationId("backup.service")).toBe(invocation);
      await machine.waitFor(
        "the job to end",
        async () => (await host.activeState("backup.service")) === "inactive",
      );
      expect(await runs()).toBe("1");
      expect(await machine.properties("backup.service", ["Result", "ExecMainStatus"])).toEqual({
        Result: "success",
        ExecMainStatus: "0",
      });
    });
  });

  it("enables and starts a unit of the distribution by a link, and only disables it when the link goes", async () => {
    const { machine } = host;
    const link = "multi-user.target.wants/vendor.service";
    await host.deploy({ [link]: { symlink: "/lib/systemd/system/vendor.service" } });
    expect(await machine.check(["systemctl", "is-enabled", "vendor.service"])).toBe("enabled");
    expect(await host.activeState("vendor.service")).toBe("active");
    const invocation = await host.invocationId("vendor.service");
    await host.deploy({ [link]: null });
    expect((await machine.run(["systemctl", "is-enabled", "vendor.service"])).stdout.trim()).toBe("disabled");
    expect(await host.invocationId("vendor.service")).toBe(invocation);
  });

  it("has the links that systemctl enable would make, also for an instance with a file of its own", async () => {
    const { machine } = host;
    await host.deploy({ "worker@own.service": `${sleeper("Nice=2\n")}` });
    const link = "/etc/systemd/system/multi-user.target.wants/worker@own.service";
    const ours = await machine.check(["readlink", link]);
    await machine.check(["systemctl", "disable", "worker@own.service"]);
    await machine.check(["systemctl", "enable", "worker@own.service"]);
    expect(await machine.check(["readlink", link])).toBe(ours);
    expect((await host.run("plan")).exitCode).toBe(0);
  });
});
