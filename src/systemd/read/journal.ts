/** Reads the journal, for reports of failures. Must never make anything fail. */
import type { JournalMarks } from "../../core/model/host-layout.ts";
import type { LogPort } from "../../core/ports/systemd.ts";
import { readProgram } from "../../lib/program.ts";

const readTimeoutMs = 5000;
const maxOutputBytes = 4 * 1024 * 1024;
const maxLineLength = 300;
/** At least as many entries as podman writes about the end of one container and the start of the next. */
const extraEntries = 30;

/** The journal, as far as it is about units of one manager. */
export class Journal implements LogPort {
  readonly #marks: JournalMarks;

  constructor(marks: JournalMarks) {
    this.#marks = marks;
  }

  /** The field with the unit that the manager speaks of. */
  get aboutUnit(): string {
    return this.#marks.about;
  }

  /**
   * The first 300 characters of each line. Leaves out what podman and conmon log about a container: otherwise the lines
   * of the program in the container would not be among the last.
   */
  async readLastLines(unit: string, count: number, sinceUs: number): Promise<readonly string[]> {
    // Not --unit, which also gives what systemd logs about the unit.
    const matches = [`${this.#marks.from}=${unit}`];
    const fields = ["MESSAGE", "PODMAN_EVENT", "SYSLOG_IDENTIFIER"];
    const output = await this.query({ matches, fields, sinceUs, limit: count + extraEntries });
    const lines = readEntries(output ?? "").filter((line) => line !== "");
    return lines.slice(-count).map((line) => line.slice(0, maxLineLength));
  }

  /** One JSON object a line, oldest first; null when the journal cannot be read. */
  query(query: JournalQuery): Promise<string | null> {
    return queryJournal({ ...query, matches: [...query.matches, ...this.#marks.also] });
  }
}

export interface JournalQuery {
  /** As in journalctl(1): `FIELD=VALUE`; values of the same field are alternatives. */
  readonly matches: readonly string[];
  /** The fields that are read. */
  readonly fields: readonly string[];
  /** CLOCK_REALTIME, microseconds since the epoch: older entries are left out. */
  readonly sinceUs: number;
  /** Only so many of the newest entries. */
  readonly limit: number;
}

async function queryJournal(query: JournalQuery): Promise<string | null> {
  const { matches, fields, sinceUs, limit } = query;
  const argv = [
    ...matches,
    // With --since, --lines alone gives the oldest entries (journalctl 252).
    "--reverse",
    "--lines",
    String(limit),
    // systemd.time(7), "Parsing Timestamps": seconds since the epoch.
    `--since=@${(sinceUs / 1_000_000).toFixed(6)}`,
    "--output",
    "json",
    "--output-fields",
    fields.join(","),
    "--no-pager",
    "--quiet",
  ];
  try {
    const options = { timeoutMs: readTimeoutMs, limitBytes: maxOutputBytes };
    const { exitCode, stdout } = await readProgram("journalctl", argv, options);
    return exitCode === 0 ? stdout.split("\n").reverse().join("\n") : null;
  } catch {
    return null;
  }
}

/** @param output one JSON object a line, as `journalctl --output=json` prints them */
export function readEntries(output: string): readonly string[] {
  return parseEntries(output).flatMap((entry) => {
    const isAboutContainer = "PODMAN_EVENT" in entry || entry["SYSLOG_IDENTIFIER"] === "conmon";
    return isAboutContainer ? [] : readMessage(entry["MESSAGE"]).split("\n");
  });
}

/** Field → value of each entry; an entry that is damaged has no fields. */
export function parseEntries(output: string): readonly Readonly<Record<string, unknown>>[] {
  return output
    .split("\n")
    .filter((line) => line !== "")
    .map(parseEntry);
}

function parseEntry(line: string): Readonly<Record<string, unknown>> {
  try {
    const entry: unknown = JSON.parse(line);
    return typeof entry === "object" && entry !== null ? { ...entry } : {};
  } catch {
    return {};
  }
}

/**
 * journalctl(1), "--output=json": null stands for a text of more than 4096 bytes, a list of numbers for one that is
 * not UTF-8.
 */
function readMessage(message: unknown): string {
  if (typeof message === "string") return message;
  if (message === null) return "(a line too long to be shown)";
  if (!Array.isArray(message)) return "";
  return new TextDecoder().decode(Uint8Array.from(message.filter((byte) => typeof byte === "number")));
}
