/** Managed files that no unit mentions are named once, in few words. */
import { expect, it } from "vitest";
import { renderCheck } from "../../../../src/cli/render/check.ts";
import { renderPlan } from "../../../../src/cli/render/plan.ts";
import { renderStatus } from "../../../../src/cli/render/status.ts";
import { describeUnmentioned, listUnmentioned } from "../../../../src/core/desired/unmentioned.ts";
import { SimulatedHost } from "../../../support/memory-host/simulated-host.ts";
import { build } from "../../../support/values/scenario.ts";
import { inSync } from "../../../support/values/status-fixture.ts";

const text = {
  files: {
    "units/a.service":
      "[Service]\nExecStart=/bin/a /etc/a.conf\nWorkingDirectory=/opt/app\n[Install]\nWantedBy=x.target\n",
    "files/etc/a.conf": "",
    "files/etc/b.conf": "",
    "files/opt/app/deep/x": "",
    "files/etc/ruled": "",
    "files/etc/motd": "",
  },
  fileRules: { "/etc/ruled": { restarts: ["a.service"] } },
};
const expected = ["/etc/b.conf", "/etc/motd"];

it("what is desired and what was applied say the same", async () => {
  const { desired } = build(text);
  expect(listUnmentioned(desired.files, desired.units.values())).toEqual(expected);
  const host = new SimulatedHost();
  await host.sync(text);
  const { files, units } = host.inventory;
  expect(listUnmentioned(Object.entries(files), Object.values(units))).toEqual(expected);
});

it.each([
  [[], null],
  [["/a"], "no unit mentions 1 file, so that a change restarts nothing: /a"],
  [
    ["/a", "/b", "/c", "/d"],
    "no unit mentions 4 files, so that a change restarts nothing: /a, /b, /c and 1 more",
  ],
])("%j is said as %s", (paths, sentence) => expect(describeUnmentioned(paths)).toBe(sentence));

it("check, plan and status have one line for them, and none without", async () => {
  const screen = { colour: false, width: Number.POSITIVE_INFINITY, now: 0, timeZone: "UTC" };
  const plan = await new SimulatedHost().plan(text);
  const show = (unmentioned: readonly string[]) => [
    renderCheck([], [], { colour: false, unmentioned, passedOver: [], verbose: false }),
    renderPlan(plan, [], { ...screen, explain: false, unmentioned }),
    renderStatus({ ...inSync, unmentioned }, screen),
  ];
  for (const shown of show(expected)) expect(shown.match(/no unit mentions 2 files/g)).toHaveLength(1);
  for (const shown of show([])) expect(shown).not.toContain("mentions");
});
