/** What stands on the host against what was last written there, also in the middle of an apply. */
import { expect, it } from "vitest";
import { detectDrift } from "../../../../src/core/drift/detect-drift.ts";
import { killedBefore } from "../../../support/memory-host/effects.ts";
import { SimulatedHost } from "../../../support/memory-host/simulated-host.ts";
import { layout, unitDirectory } from "../../../support/values/scenario.ts";

const service = "[Service]\nExecStart=/bin/x\n[Install]\nWantedBy=multi-user.target\n";
const dropIn = { "units/a.service.d/x.conf": "[Service]\nEnvironment=A=1\n" };
const onHost = `${unitDirectory}/a.service.d/x.conf`;

/** The kinds of drift of the drop-in, which is missing on the host. */
function driftOfMissing(host: SimulatedHost): readonly string[] {
  const observed = {
    files: new Map([[onHost, { kind: "absent" as const }]]),
    foreignDropIns: new Map<string, string>(),
  };
  return detectDrift(host.inventory, observed, layout).map(({ kind }) => kind);
}

it("a file that somebody deleted is missing, one that an apply was killed before it wrote is not", async () => {
  const host = new SimulatedHost();
  await host.sync({ files: { "units/a.service": service } });
  await host.sync({ files: { "units/a.service": service, ...dropIn } }, killedBefore("write"));
  expect(host.inventory.files[onHost]).toMatchObject({ content: "" });
  expect(driftOfMissing(host)).toEqual([]);
  await host.sync({ files: { "units/a.service": service, ...dropIn } });
  expect(driftOfMissing(host)).toEqual(["missing"]);
});

it("what the agent has written itself is no drift, also in the middle of an apply", async () => {
  const host = new SimulatedHost();
  const found = () =>
    detectDrift(host.inventory, { files: host.files, foreignDropIns: new Map() }, layout).map(
      ({ key }) => key,
    );
  await host.sync({ files: { "units/a.service": service } });
  expect(found()).toEqual([]);
  await host.sync({ files: { "units/a.service": service, ...dropIn } }, killedBefore("daemon-reload"));
  expect(found()).toEqual([]);
});

it("a unit that is started while an apply is killed before it wrote anything runs no edit", async () => {
  const host = new SimulatedHost();
  const next = { files: { "units/a.service": service, ...dropIn } };
  await host.sync({ files: { "units/a.service": service } });
  await host.sync(next, killedBefore("write"));
  host.run("a.service");
  const { steps } = await host.plan(next);
  expect(steps.at(-1)).toMatchObject({ kind: "restart", because: expect.stringContaining("Environment=") });
});
