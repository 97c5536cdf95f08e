import { expect, it } from "vitest";
import { describeOnEachRoot } from "../support/each-root.ts";
import { judge } from "../support/equivalence/batch.ts";
import { makeSequence } from "../support/equivalence/generate.ts";
import { describeFailures } from "../support/equivalence/report.ts";

const first = Number(process.env["EQUIVALENCE_SEED"] ?? 1);
const count = Number(process.env["EQUIVALENCE_COUNT"] ?? 20);

describeOnEachRoot("reboot equivalence", (boot) => {
  it("holds", { timeout: 3_600_000 }, async () => {
    const sequences = Array.from({ length: count }, (_, index) =>
      makeSequence({ seed: first + index, prefix: `q${index}`, commits: 5 }),
    );
    expect(describeFailures(await judge(boot, sequences))).toBe("");
  });
});
