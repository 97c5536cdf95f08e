/**
 * What a person sees of a history, a unit, a plan and drift, at 80 columns and without colour. After a change of the output:
 * `npx vitest run --project unit test/unit/cli/golden-views.test.ts -u`, and read the difference.
 */
import { expect, it } from "vitest";
import { renderDriftList } from "../../../src/cli/render/drift.ts";
import { renderWaitOfPlan } from "../../../src/cli/render/held.ts";
import { renderHistory } from "../../../src/cli/render/history.ts";
import { renderSync } from "../../../src/cli/render/history-sync.ts";
import { renderPlan } from "../../../src/cli/render/plan.ts";
import { renderUnitDetails } from "../../../src/cli/render/unit-details.ts";
import { renderWhy } from "../../../src/cli/render/why.ts";
import { goldenStates } from "../../support/values/golden-states.ts";
import { goldenHistory, goldenPlan, goldenUnit } from "../../support/values/golden-views.ts";

const options = { colour: false, width: 80, now: Date.parse("2025-03-01T21:00:00.000Z"), timeZone: "UTC" };
const wait = { for: "window", until: "2025-03-02T02:00:00.000Z" } as const;
const [first, second] = goldenHistory.entries;
const patch =
  "--- a/units/web.service\n+++ b/units/web.service\n@@ -1,2 +1,2 @@\n [Service]\n-ExecStart=/bin/old\n+ExecStart=/bin/new\n";

const views: Readonly<Record<string, () => string>> = {
  history: () => renderHistory(goldenHistory, options),
  "history-rev": () =>
    second === undefined || first === undefined
      ? ""
      : renderSync({ sync: second, before: first.applied, diff: { text: patch, reason: null } }, options),
  "status-unit": () => renderUnitDetails(goldenUnit, options),
  why: () => renderWhy(goldenUnit, options),
  plan: () =>
    renderPlan(goldenPlan, [], { ...options, explain: false, unmentioned: [] }) +
    renderWaitOfPlan(goldenPlan, wait, options),
  drift: () =>
    goldenStates["drifted"] === undefined ? "" : renderDriftList(goldenStates["drifted"], options),
};

it.each(Object.keys(views))("the output of %s", async (name) => {
  await expect(views[name]?.()).toMatchFileSnapshot(`../../fixtures/golden/${name}.txt`);
});
