/** A number of things on the command line. */
import { InvalidArgumentError } from "commander";

/** @throws InvalidArgumentError, which the parser reports, for anything but a whole number above 0 */
export function parseCount(text: string): number {
  const count = Number(text);
  if (Number.isInteger(count) && count > 0) return count;
  throw new InvalidArgumentError("A whole number above 0 is needed.");
}
