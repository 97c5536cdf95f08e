/** Whether the last start of a unit that is down took place. Must not judge what follows from it. */
import type { Bus } from "../bus/bus.ts";
import type { UnitRow } from "../bus/manager-calls.ts";
import { readProperties } from "./properties.ts";

/**
 * What kept the last start from taking place (`Condition…=`, `Assert…=`), `nothing`, or `unchecked` where no start was tried.
 * systemd tests the conditions at every start, and the assertions when they are met; as long as it has not, the results
 * are false.
 * @throws AgentError `systemd-unreachable`, `systemd-refused`
 */
export async function readStartCheck(
  bus: Bus,
  row: UnitRow,
): Promise<"condition" | "assertion" | "nothing" | "unchecked"> {
  const { ConditionTimestampMonotonic } = await readProperties(bus, row, ["ConditionTimestampMonotonic"]);
  if (ConditionTimestampMonotonic === 0) return "unchecked";
  const { ConditionResult, AssertResult } = await readProperties(bus, row, [
    "ConditionResult",
    "AssertResult",
  ]);
  if (!ConditionResult) return "condition";
  return AssertResult ? "nothing" : "assertion";
}
