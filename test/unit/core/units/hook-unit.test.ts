/** The names of the units that commands of hooks run in. */
import fc from "fast-check";
import { expect, it } from "vitest";
import { formatCommand, hookUnitOf, isHookUnit } from "../../../../src/core/units/hook-unit.ts";
import { isUnitName } from "../../../../src/core/units/unit-name.ts";
import { propertyRuns } from "../../../support/values/property-runs.ts";

it("show the program, and differ for other arguments and for arguments that are split in another way", () => {
  const names = [["/usr/sbin/sysctl", "--system"], ["sysctl"], ["sysctl", "a", "b"], ["sysctl", "a b"]].map(
    hookUnitOf,
  );
  for (const name of names) expect(name).toMatch(/^gitops-agent-hook-sysctl-[0-9a-f]{8}\.service$/);
  expect(new Set(names).size).toBe(names.length);
});

it("are names that systemd accepts, whatever the command is, and are told from names of other units", () => {
  const command = fc.array(fc.string({ unit: "binary" }), { minLength: 1, maxLength: 5 });
  fc.assert(
    fc.property(command, (words) => {
      const name = hookUnitOf(words);
      expect([name.length <= 255, isUnitName(name), isHookUnit(name)]).toEqual([true, true, true]);
    }),
    propertyRuns(200),
  );
  expect(isHookUnit("gitops-agent.service")).toBe(false);
});

it("a command is shown as people type it, on one line, and not at any length", () => {
  expect(formatCommand(["sh", "-c", "echo 'a'\n$b"])).toBe("sh -c 'echo '\\''a'\\'' $b'");
  expect(formatCommand(["x".repeat(1000)])).toHaveLength(201);
});
