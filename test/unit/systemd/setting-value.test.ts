/** Values of D-Bus properties as people read them. */
import { expect, it } from "vitest";
import { formatValue } from "../../../src/systemd/read/setting-value.ts";

it.each([
  ["Nice", 5, "5"],
  ["MemoryMax", 67_108_864n, "67108864"],
  ["TasksMax", 2n ** 64n - 1n, "infinity"],
  ["PrivateTmp", true, "yes"],
  ["Type", "exec", "exec"],
  ["Environment", ["A=1", "B=2"], "A=1 B=2"],
  ["TimeoutStopUSec", 90_000_000n, "90s"],
  ["RestartUSec", 100_000n, "100ms"],
  ["TimeoutStopUSec", 2n ** 64n - 1n, "infinity"],
  [
    "Listen",
    [
      ["Stream", "/run/a.sock"],
      ["Stream", "80"],
    ],
    "Stream /run/a.sock; Stream 80",
  ],
  ["ExecStart", [["/bin/a", ["a", "-x"], false, 0n, 0n, 0n, 0n, 0, 0, 0]], "a -x"],
  ["Odd", { a: 1n }, '{"a":"1"}'],
])("%s = %o is shown as people write it", (property, value, text) => {
  expect(formatValue(property, value)).toBe(text);
});

it("a long value is cut", () => {
  expect(formatValue("Environment", ["x".repeat(1_000)])).toHaveLength(300);
});
