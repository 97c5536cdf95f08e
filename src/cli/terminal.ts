/** Questions to a person. Must not be asked where nobody sits: see hasPerson. */
import { createInterface } from "node:readline";

/** Whether somebody reads what is printed and can answer. */
export function hasPerson(): boolean {
  return process.stdin.isTTY === true && process.stdout.isTTY === true;
}

/** True for `y` and `yes`; every other answer, the end of the input and Ctrl-C are a no. */
export async function askYesNo(question: string): Promise<boolean> {
  const lines = createInterface({ input: process.stdin, output: process.stdout });
  try {
    const answer = await new Promise<string>((resolve) => {
      lines.once("close", () => resolve(""));
      lines.question(`${question} [y/N] `, resolve);
    });
    return /^y(?:es)?$/i.test(answer.trim());
  } finally {
    lines.close();
  }
}
