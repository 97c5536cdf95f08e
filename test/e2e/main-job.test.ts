/** The main job on a real systemd: what is pushed runs, and nothing else is disturbed. */
import { beforeAll, describe, expect, it } from "vitest";
import { AgentHost } from "../support/agent-host.ts";
import { describeOnEachRoot } from "../support/each-root.ts";

const enabled = "[Install]\nWantedBy=multi-user.target\n";
const sleeper = (body = "") => `[Service]\nExecStart=/bin/sleep infinity\n${body}${enabled}`;

describeOnEachRoot("a push", (boot) => {
  let host: AgentHost;

  beforeAll(async () => {
    host = await AgentHost.boot(boot);
    await host.push({ "units/first.service": sleeper() });
    await host.start();
    await host.waitUntilActive("first.service");
  });

  it("runs every type of unit", async () => {
    const status = await host.deploy({
      "units/app.service": sleeper(),
      "units/app.target": `[Unit]\nWants=app.service\n${enabled}`,
      "units/app.slice": "[Slice]\nCPUWeight=50\n",
      "units/tick.timer": "[Timer]\nOnCalendar=2099-01-01\n[Install]\nWantedBy=timers.target\n",
      "units/tick.service": "[Service]\nType=oneshot\nExecStart=/bin/true\n",
      "units/echo.socket": "[Socket]\nListenStream=/run/echo.sock\nAccept=yes\n[Install]\nWantedBy=sockets.target\n",
      "units/echo@.service": "[Service]\nExecStart=/bin/cat\nStandardInput=socket\n",
      "units/inbox.path": "[Path]\nPathExists=/run/inbox\n[Install]\nWantedBy=paths.target\n",
      "units/inbox.service": "[Service]\nType=oneshot\nExecStart=/bin/rm /run/inbox\n",
      "units/w@.service": sleeper(),
      "units/w@one.service": { symlink: "w@.service" },
      "gitops.yaml": "units:\n  w@.service: { instances: [two] }\n",
      "units/masked.service": { symlink: "/dev/null" },
      "units/systemd-tmpfiles-clean.timer.d/x.conf": "[Timer]\nRandomizedDelaySec=1\n",
    });
    expect(status.drift).toEqual([]);
    for (const unit of ["app.service", "app.target", "tick.timer", "echo.socket", "inbox.path", "w@one.service", "w@two.service"]) {
      expect(await host.activeState(unit), unit).toBe("active");
    }
    expect(await host.activeState("tick.service")).toBe("inactive");
    const masked = await host.machine.properties("masked.service", ["LoadState"]);
    expect(masked["LoadState"]).toBe("masked");
    const extended = await host.machine.properties("systemd-tmpfiles-clean.timer", ["DropInPaths"]);
    expect(extended["DropInPaths"]).toContain("systemd-tmpfiles-clean.timer.d/x.conf");
    expect(await host.machine.check(["systemctl", "is-enabled", "w@one.service"])).toBe("enabled");
  });
});
describe("x", () => { it("y", () => expect(1).toBe(1)); });
