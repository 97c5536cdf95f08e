/** What counts as a mention may change by itself; only what a file says interrupts a unit. */
import { expect, it } from "vitest";
import { carryMentions } from "../../../../src/core/record/mention-update.ts";
import { build, listJobs, type RepositoryText, SimulatedHost } from "../../../support/values/scenario.ts";

const text = (content: string, rules: RepositoryText["fileRules"] = {}): RepositoryText => ({
  files: {
    "units/a.service": "[Service]\nExecStart=/bin/a\n[Install]\nWantedBy=multi-user.target\n",
    "files/etc/x": content,
  },
  fileRules: rules,
});
const restarting = { "/etc/x": { restarts: ["a.service"] } };

function syncNext(host: SimulatedHost, next: RepositoryText): readonly string[] {
  host.inventory = carryMentions(host.inventory, build(next).desired);
  return listJobs(host.sync(next));
}

it("a mention that is new restarts nothing while its file is as it was", () => {
  const host = new SimulatedHost();
  host.sync(text("1"));
  expect(syncNext(host, text("1", restarting))).toEqual([]);
  expect(syncNext(host, text("2", restarting))).toEqual(["restart a.service"]);
});

it("a mention that is new restarts when its file changes with it", () => {
  const host = new SimulatedHost();
  host.sync(text("1"));
  expect(syncNext(host, text("2", restarting))).toEqual(["restart a.service"]);
});

it("a mention that goes restarts nothing while its file stays", () => {
  const host = new SimulatedHost();
  host.sync(text("1", restarting));
  expect(syncNext(host, text("2"))).toEqual([]);
});

it("a file that comes or goes restarts who mentions it", () => {
  const host = new SimulatedHost();
  const mentioning = {
    "units/a.service": "[Service]\nExecStart=/bin/a /etc/x\n[Install]\nWantedBy=multi-user.target\n",
  };
  host.sync({ files: mentioning });
  expect(syncNext(host, { files: { ...mentioning, "files/etc/x": "1" } })).toEqual(["restart a.service"]);
  expect(syncNext(host, { files: mentioning })).toEqual(["restart a.service"]);
});
