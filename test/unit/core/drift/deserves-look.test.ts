/** Of which units the list of systemd says enough, so that their properties need not be read. */
import { describe, expect, it } from "vitest";
import { deservesLook } from "../../../../src/core/drift/runtime.ts";
import { expectedUnit } from "../../../support/values/unit-status-fixture.ts";

describe("the list of units", () => {
  const active = { activeState: "active", subState: "running", job: null } as const;
  const inactive = { activeState: "inactive", subState: "dead", job: null } as const;

  it("is enough for units that run, and for idle ones that nothing expects", () => {
    expect(deservesLook(expectedUnit, active)).toBe(false);
    expect(deservesLook({ ...expectedUnit, expected: false }, inactive)).toBe(false);
    expect(deservesLook({ ...expectedUnit, expected: false }, null)).toBe(false);
    expect(deservesLook(expectedUnit, { ...inactive, job: "start" })).toBe(false);
  });

  it("is not enough for what failed, waits for a restart, or should run and does not", () => {
    expect(deservesLook({ ...expectedUnit, expected: false }, { ...inactive, activeState: "failed" })).toBe(
      true,
    );
    expect(
      deservesLook(expectedUnit, { ...inactive, activeState: "activating", subState: "auto-restart" }),
    ).toBe(true);
    expect(deservesLook(expectedUnit, inactive)).toBe(true);
    expect(deservesLook(expectedUnit, null)).toBe(true);
    expect(deservesLook({ ...expectedUnit, startedWith: "never" }, active)).toBe(true);
  });
});
