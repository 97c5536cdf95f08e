/** Names that a definition stands for, as systemd resolves them. */
import { expect, it } from "vitest";
import { listReferences } from "../../../../src/core/units/references.ts";
import { SimulatedHost } from "../../../support/memory-host/simulated-host.ts";
import { listJobs } from "../../../support/values/scenario.ts";

it.each([
  ["worker@one.service", "db@%i.service", "db@one.service"],
  ["worker@one.service", "db@.service", "db@one.service"],
  ["web-app.service", "sshd@.service", "sshd@web-app.service"],
  ["web-app.service", "%p-cache.service %j.socket", "web-app-cache.service app.socket"],
  ["web.service", "%H.service", "%H.service"],
])("%s: %s names %s", (unit, words, names) => {
  expect(listReferences({ "Unit.Wants": [words] }, "Unit.Wants", unit).join(" ")).toBe(names);
});

it("what an instance pulls in by its specifier is expected to run", async () => {
  const plan = await new SimulatedHost().sync({
    files: {
      "units/worker@.service":
        "[Unit]\nWants=db@%i.service\n[Service]\nExecStart=/bin/x\n[Install]\nWantedBy=multi-user.target\n",
      "units/db@.service": "[Service]\nExecStart=/bin/x\n",
    },
    units: { "worker@.service": { instances: ["one"] }, "db@.service": { instances: ["one", "two"] } },
  });
  expect([...listJobs(plan)].sort()).toEqual(["start db@one.service", "start worker@one.service"]);
});
