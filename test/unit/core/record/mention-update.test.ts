/** What counts as a mention may change by itself; only what a file says interrupts a unit. */
import { expect, it } from "vitest";
import { SimulatedHost } from "../../../support/memory-host/simulated-host.ts";
import { listJobs, type RepositoryText } from "../../../support/values/scenario.ts";

const text = (content: string, rules: RepositoryText["fileRules"] = {}): RepositoryText => ({
  files: {
    "units/a.service": "[Service]\nExecStart=/bin/a\n[Install]\nWantedBy=multi-user.target\n",
    "files/etc/x": content,
  },
  fileRules: rules,
});
const restarting = { "/etc/x": { restarts: ["a.service"] } };

async function syncNext(host: SimulatedHost, next: RepositoryText): Promise<readonly string[]> {
  return listJobs(await host.sync(next));
}

it("a mention that is new restarts nothing while its file is as it was", async () => {
  const host = new SimulatedHost();
  await host.sync(text("1"));
  expect(await syncNext(host, text("1", restarting))).toEqual([]);
  expect(await syncNext(host, text("2", restarting))).toEqual(["restart a.service"]);
});

it("a mention that is new restarts when its file changes with it", async () => {
  const host = new SimulatedHost();
  await host.sync(text("1"));
  expect(await syncNext(host, text("2", restarting))).toEqual(["restart a.service"]);
});

it("a mention that goes restarts nothing while its file stays", async () => {
  const host = new SimulatedHost();
  await host.sync(text("1", restarting));
  expect(await syncNext(host, text("2"))).toEqual([]);
});

it("a file that comes or goes restarts the units that mention it", async () => {
  const host = new SimulatedHost();
  const mentioning = {
    "units/a.service": "[Service]\nExecStart=/bin/a /etc/x\n[Install]\nWantedBy=multi-user.target\n",
  };
  await host.sync({ files: mentioning });
  expect(await syncNext(host, { files: { ...mentioning, "files/etc/x": "1" } })).toEqual([
    "restart a.service",
  ]);
  expect(await syncNext(host, { files: mentioning })).toEqual(["restart a.service"]);
});

const mentioning = {
  "units/a.service": "[Service]\nExecStart=/bin/a /etc/x\n[Install]\nWantedBy=multi-user.target\n",
};

it.each([
  ["restart", "same commit"],
  ["daemon-reload", "same commit"],
  ["save", "same commit"],
  ["restart", "another commit with the same content"],
  ["save", "another commit with the same content"],
] as const)(
  "a file that comes restarts the units that mention it when the agent is killed before the %s that follows, and starts with the %s",
  async (kind, resumed) => {
    const host = new SimulatedHost();
    await host.sync({ files: mentioning });
    const next = { files: { ...mentioning, "files/etc/x": "1", "units/b.target": "[Unit]\n" } };
    let isWritten = false;
    await host.sync(next, {
      killedBefore: (effect) => {
        if (isWritten && effect.kind === kind) return true;
        isWritten ||= effect.subject === "/etc/x";
        return false;
      },
    });
    expect(await syncNext(host, resumed === "same commit" ? next : { ...next })).toEqual([
      "restart a.service",
    ]);
  },
);

it("a file that came stays a reason to restart, where that is left to people, whatever is pushed next", async () => {
  const host = new SimulatedHost();
  const units = { "a.service": { onChange: "none" as const } };
  await host.sync({ files: mentioning, units });
  const files = { ...mentioning, "files/etc/x": "1" };
  await host.sync({ files, units });
  expect(host.inventory.units["a.service"]?.pending).toContain("/etc/x");
  await host.sync({ files: { ...files, "files/etc/other": "1" }, units });
  expect(host.inventory.units["a.service"]?.pending).toContain("/etc/x");
});
