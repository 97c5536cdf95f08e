/** Arguments for journalctl, and the texts that systemctl prints, as values. Pure: runs nothing. */

export interface JournalQuery {
  readonly unit?: string;
  /** As journalctl takes it: "2026-01-31 12:00:00", "-5min", "@1700000000". */
  readonly since?: string;
  /** A regular expression for the message. */
  readonly grep?: string;
  /** "warning" selects this and what is more urgent. */
  readonly priority?: string;
  /** Only the last so many entries. */
  readonly lines?: number;
  /** Default "short"; "cat" is the bare message, "json" one object a line. */
  readonly output?: "short" | "short-precise" | "cat" | "json";
}

export function makeJournalArgv(query: JournalQuery): string[] {
  const argv = [
    "journalctl",
    "--quiet",
    "--no-pager",
    "--no-hostname",
    `--output=${query.output ?? "short"}`,
  ];
  if (query.unit !== undefined) argv.push(`--unit=${query.unit}`);
  if (query.since !== undefined) argv.push(`--since=${query.since}`);
  if (query.grep !== undefined) argv.push(`--grep=${query.grep}`);
  if (query.priority !== undefined) argv.push(`--priority=${query.priority}`);
  if (query.lines !== undefined) argv.push(`--lines=${query.lines}`);
  return argv;
}

/** `Key=value` lines; the values of a key that occurs several times are joined by newlines. */
export function parseProperties(text: string): Record<string, string> {
  const properties: Record<string, string> = {};
  for (const line of text.split("\n")) {
    const separator = line.indexOf("=");
    if (separator <= 0) continue;
    const key = line.slice(0, separator);
    const value = line.slice(separator + 1);
    properties[key] = properties[key] === undefined ? value : `${properties[key]}\n${value}`;
  }
  return properties;
}

/** What `systemctl show` prints of several units, one text a unit, in the order asked for. */
export function splitBlocks(text: string): string[] {
  return text.split(/\n\n+/u);
}
