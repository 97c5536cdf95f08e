/** Whether the last start of a unit that is down took place. Must not judge what follows from it. */
import type { Property, Values } from "./properties.ts";

/**
 * What prevented the last start (`Condition…=`, `Assert…=`), `nothing`, or `unchecked` when no start was tried.
 * systemd tests the conditions at every start, and the assertions only when the conditions are met. Until it has
 * tested them, the results are false.
 * @param read reads properties of the unit
 * @throws what `read` throws
 */
export async function readStartCheck(
  read: <Name extends Property>(names: readonly Name[]) => Promise<Values<Name>>,
): Promise<"condition" | "assertion" | "nothing" | "unchecked"> {
  const { ConditionTimestampMonotonic } = await read(["ConditionTimestampMonotonic"]);
  if (ConditionTimestampMonotonic === 0) return "unchecked";
  const { ConditionResult, AssertResult } = await read(["ConditionResult", "AssertResult"]);
  if (!ConditionResult) return "condition";
  return AssertResult ? "nothing" : "assertion";
}
