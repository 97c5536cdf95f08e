/**
 * Reboot equivalence as a property: after any sequence of commits, with an operator who interferes, the units that run and
 * what their processes run with are what a reboot of the same machine gives. What may differ all the same stands in
 * test/support/equivalence/compare.ts; what is not generated, in repair.ts and settings.ts beside it. The agent is not
 * enabled, so after the reboot systemd alone decides.
 *
 * EQUIVALENCE_SEED=7 EQUIVALENCE_COUNT=1 plays one sequence, EQUIVALENCE_SHRINK=1 makes each that fails as short as it can;
 * CAMPAIGN=1 plays 220 on each root.
 */
import { expect, it } from "vitest";
import { judge } from "../support/equivalence/batch.ts";
import { makeControl } from "../support/equivalence/control.ts";
import { makeSequence } from "../support/equivalence/generate.ts";
import { describeFailures } from "../support/equivalence/report.ts";
import { shrink } from "../support/equivalence/shrink.ts";
import { describeOnEachRoot } from "../support/machine/each-root.ts";

const batchSize = 22;
const count = Number(process.env["EQUIVALENCE_COUNT"] ?? (process.env["CAMPAIGN"] === "1" ? 220 : batchSize));
const commits = 5;
const isShrinking = process.env["EQUIVALENCE_SHRINK"] === "1";

/** Each root has seeds of its own, so that two roots show twice as much. */
function chooseFirstSeed(root: string): number {
  const asked = process.env["EQUIVALENCE_SEED"];
  if (asked !== undefined) return Number(asked);
  return root === "host" ? 1 : 10_001;
}

describeOnEachRoot("what runs after a sequence of commits is what a reboot gives", (boot, root) => {
  const first = chooseFirstSeed(root);
  const batches = Array.from({ length: Math.ceil(count / batchSize) }, (_, index) => {
    const size = Math.min(batchSize, count - index * batchSize);
    return Array.from({ length: size }, (__, place) => first + index * batchSize + place);
  });

  it.each(batches)("for the seeds from %i on", { timeout: 900_000 }, async (...seeds) => {
    const sequences = seeds.map((seed, index) => makeSequence({ seed, prefix: `q${index + 1}`, commits }));
    const [control, ...verdicts] = await judge(boot, [makeControl("q0"), ...sequences]);
    expect(control?.differences.join("\n"), "the comparison sees nothing").toContain("CONTROL=1");
    const failed = verdicts.filter(({ differences }) => differences.length > 0);
    for (const [index, verdict] of failed.entries()) {
      if (isShrinking) failed[index] = await shrink(boot, verdict, commits);
    }
    expect(describeFailures(failed)).toBe("");
  });
});
