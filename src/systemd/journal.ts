/** Reads the end of a unit's log, for reports of failures. Must never be the reason why something fails. */
import { execFile } from "node:child_process";

const readTimeoutMs = 5000;
const maxOutputBytes = 64 * 1024;
const maxLineLength = 300;

/** The last `count` lines that the unit itself wrote, oldest first; empty when the journal cannot be read. */
export function readLastLines(unit: string, count: number): Promise<readonly string[]> {
  // Not --unit, which also brings what systemd says about the unit.
  const argv = [
    `_SYSTEMD_UNIT=${unit}`,
    "--lines",
    String(count),
    "--output",
    "cat",
    "--no-pager",
    "--quiet",
  ];
  return new Promise((resolve) => {
    execFile("journalctl", argv, { timeout: readTimeoutMs, maxBuffer: maxOutputBytes }, (error, stdout) => {
      if (error !== null) return resolve([]);
      const lines = stdout.split("\n").filter((line) => line !== "");
      resolve(lines.slice(-count).map((line) => line.slice(0, maxLineLength)));
    });
  });
}
