/** Whether the last start of a unit that is down took place. Must not judge what follows from it. */
import type { Bus } from "../bus/bus.ts";
import type { UnitRow } from "../bus/manager-calls.ts";
import { readProperties } from "./properties.ts";

/**
 * What prevented the last start (`Condition…=`, `Assert…=`), `nothing`, or `unchecked` when no start was tried.
 * systemd tests the conditions at every start, and the assertions only when the conditions are met. Until it has
 * tested them, the results are false.
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
