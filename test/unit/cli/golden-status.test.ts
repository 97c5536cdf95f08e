/**
 * What a person sees of a host in each of its states, at 80 columns and without colour. After a change of the output:
 * `npx vitest run --project unit test/unit/cli/golden-status.test.ts -u`, and read the difference.
 */
import { describe, expect, it } from "vitest";
import { renderStatus } from "../../../src/cli/render/status.ts";
import { displayWidth } from "../../../src/cli/render/table.ts";
import { goldenStates } from "../../support/values/golden-states.ts";

const options = { colour: false, width: 80, now: Date.parse("2025-03-01T21:00:00.000Z"), timeZone: "UTC" };

describe("the status of a host", () => {
  it.each(Object.entries(goldenStates))("that is %s", async (name, status) => {
    const text = renderStatus(status, options);
    await expect(text).toMatchFileSnapshot(`../../fixtures/golden/status/${name}.txt`);
  });

  it("has no line of a table that is wider than the terminal", () => {
    const wide = Object.values(goldenStates).flatMap((status) =>
      renderStatus({ ...status, sync: { ...status.sync, rejection: null, stall: null } }, options)
        .split("\n")
        .filter((line) => /^\S+\.(?:service|timer) /.test(line) && displayWidth(line) > 80),
    );
    expect(wide).toEqual([]);
  });
});
