/** Reads the end of a unit's log, for reports of failures. Must never be the reason why something fails. */
import { execFile } from "node:child_process";

const readTimeoutMs = 5000;
const maxOutputBytes = 4 * 1024 * 1024;
const maxLineLength = 300;
/** At least as many as podman writes about the end of a container and the start of the next. */
const extraEntries = 30;

/**
 * The last `count` lines that the unit itself wrote, oldest first; empty when the journal cannot be read. What podman and
 * conmon log about a container is left out: they would push out what the program in it said.
 *
 * @param sinceUs CLOCK_REALTIME, microseconds since the epoch: older lines are left out
 */
export function readLastLines(unit: string, count: number, sinceUs: number): Promise<readonly string[]> {
  // Not --unit, which also brings what systemd says about the unit.
  const argv = [
    `_SYSTEMD_UNIT=${unit}`,
    "--lines",
    String(count + extraEntries),
    // systemd.time(7), "Parsing Timestamps": seconds since the epoch.
    `--since=@${(sinceUs / 1_000_000).toFixed(6)}`,
    "--output",
    "json",
    "--output-fields",
    "MESSAGE,PODMAN_EVENT,SYSLOG_IDENTIFIER",
    "--no-pager",
    "--quiet",
  ];
  return new Promise((resolve) => {
    execFile("journalctl", argv, { timeout: readTimeoutMs, maxBuffer: maxOutputBytes }, (error, stdout) => {
      if (error !== null) return resolve([]);
      const lines = readEntries(stdout).filter((line) => line !== "");
      resolve(lines.slice(-count).map((line) => line.slice(0, maxLineLength)));
    });
  });
}

/** @param output one JSON object a line, as `journalctl --output=json` prints them */
export function readEntries(output: string): readonly string[] {
  return output
    .split("\n")
    .filter((line) => line !== "")
    .flatMap((line) => {
      const entry = parseEntry(line);
      const isAboutContainer = "PODMAN_EVENT" in entry || entry["SYSLOG_IDENTIFIER"] === "conmon";
      return isAboutContainer ? [] : readMessage(entry["MESSAGE"]).split("\n");
    });
}

function parseEntry(line: string): Readonly<Record<string, unknown>> {
  try {
    const entry: unknown = JSON.parse(line);
    return typeof entry === "object" && entry !== null ? { ...entry } : {};
  } catch {
    return {};
  }
}

/** journalctl(1), "--output=json": null stands for more than 4096 bytes, a list of numbers for what is not UTF-8. */
function readMessage(message: unknown): string {
  if (typeof message === "string") return message;
  if (message === null) return "(a line too long to be shown)";
  if (!Array.isArray(message)) return "";
  return new TextDecoder().decode(Uint8Array.from(message.filter((byte) => typeof byte === "number")));
}
