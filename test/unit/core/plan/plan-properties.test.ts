/** What holds for every plan, whatever is pushed. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { findExpectedUnits } from "../../../../src/core/desired/expected.ts";
import type { Plan } from "../../../../src/core/model/plan.ts";
import { isFileStep, pathOf } from "../../../../src/core/plan/file-steps.ts";
import { isLeftAlone } from "../../../../src/core/plan/files.ts";
import { isEmptyPlan } from "../../../../src/core/plan/make-plan.ts";
import { parseInstance } from "../../../../src/core/units/unit-name.ts";
import { disturb, disturbance, hostAfter, repository } from "../../../support/memory-host/arbitrary.ts";
import { expectDesiredFiles } from "../../../support/memory-host/expect-files.ts";
import { SimulatedHost } from "../../../support/memory-host/simulated-host.ts";
import { propertyRuns } from "../../../support/values/property-runs.ts";
import { build } from "../../../support/values/scenario.ts";

function listTouched(plan: Plan): readonly string[] {
  return plan.steps.flatMap((step) => {
    if (step.kind === "write" || step.kind === "adopt") return [step.file.path];
    if (step.kind === "restore") return [step.path];
    if (step.kind === "delete") return [step.path];
    return "unit" in step ? [step.unit] : [];
  });
}

describe("every plan", () => {
  it("leads to the desired files, and the plan after it is empty", async () => {
    await fc.assert(
      fc.asyncProperty(
        repository,
        repository,
        fc.array(disturbance, { maxLength: 3 }),
        async (first, second, changes) => {
          const host = await hostAfter([first]);
          disturb(host, changes);
          await host.sync(second);
          expectDesiredFiles(host, second);
          const again = await host.sync(second);
          expect(again.steps).toEqual([]);
          expect(isEmptyPlan(await host.plan(second))).toBe(true);
        },
      ),
      propertyRuns(400),
    );
  });

  it("touches only what is desired or was applied, and says why at every step", async () => {
    await fc.assert(
      fc.asyncProperty(repository, repository, async (first, second) => {
        const host = await hostAfter([first]);
        host.run("foreign.service");
        const applied = host.inventory;
        const { desired } = build(second);
        const plan = await host.plan(second);
        for (const name of listTouched(plan)) {
          const template = parseInstance(name)?.template ?? "";
          const known =
            desired.files.has(name) ||
            applied.files[name] !== undefined ||
            desired.units.has(name) ||
            applied.units[name] !== undefined ||
            desired.units.has(template) ||
            applied.units[template] !== undefined ||
            name === "q.service";
          expect(known, name).toBe(true);
        }
        for (const step of plan.steps) expect(step.because).not.toBe("");
        for (const spared of plan.spared) expect(spared.because).not.toBe("");
      }),
      propertyRuns(300),
    );
  });

  it("changes no path that git leaves as it was applied, whatever stands there", async () => {
    await fc.assert(
      fc.asyncProperty(repository, repository, async (first, second) => {
        const host = await hostAfter([first]);
        const { desired } = build(second);
        const isKept = (path: string) => isLeftAlone(path, desired, host.inventory);
        const before = (await host.plan(second)).steps.filter(isFileStep);
        expect(before.map(pathOf).filter(isKept)).toEqual([]);
        for (const path of [...desired.files.keys()].filter(isKept)) host.putFile(path, "edited by hand");
        expect((await host.plan(second)).steps.filter(isFileStep)).toEqual(before);
      }),
      propertyRuns(200),
    );
  });

  it("asks for no job twice, and interrupts nothing when nothing changed but text", async () => {
    await fc.assert(
      fc.asyncProperty(repository, repository, async (first, second) => {
        const host = await hostAfter([first]);
        const plan = await host.plan(second);
        const jobs = plan.steps.flatMap((step) =>
          step.kind === "start" || step.kind === "restart" || step.kind === "reload"
            ? [`${step.kind} ${step.unit}`]
            : [],
        );
        expect(new Set(jobs).size).toBe(jobs.length);
        const commented = Object.fromEntries(
          Object.entries(first.files).map(([path, text]) => [
            path,
            path.startsWith("units/") ? `# note\n${text}` : text,
          ]),
        );
        const inert = await host.plan({ ...first, files: commented });
        expect(inert.steps.filter((step) => "unit" in step && step.kind !== "delete")).toEqual([]);
      }),
      propertyRuns(300),
    );
  });

  it("expects no unit that git masks, stops or only extends, whatever pulls it in", async () => {
    await fc.assert(
      fc.asyncProperty(repository, async (text) => {
        const { desired } = build(text);
        const { expected } = findExpectedUnits(desired, new SimulatedHost().units);
        for (const name of expected) {
          const unit = desired.units.get(name);
          expect(unit?.masked === true || unit?.intent === "stopped" || unit?.template === true, name).toBe(
            false,
          );
        }
      }),
      propertyRuns(200),
    );
  });
});
