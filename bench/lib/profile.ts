/** Reads the figures of a round from its line in the log (`round.measured`), and makes text of them. Pure. */
import { formatNumber, formatTable } from "./table.ts";

export interface RoundProfile {
  readonly durationMs: number;
  readonly cpuMs: number;
  readonly busCalls: number;
  readonly filesRead: number;
  readonly processesStarted: number;
  readonly phases: readonly { readonly phase: string; readonly ms: number }[];
  readonly calls: readonly {
    readonly phase: string;
    readonly call: string;
    readonly count: number;
    readonly ms: number;
  }[];
}

/** Null when the line is no such event. */
export function parseRound(line: string): RoundProfile | null {
  if (!line.startsWith("round.measured ")) return null;
  const read = (key: string) => Number(new RegExp(` ${key}=(\\d+)`).exec(line)?.[1]);
  const list = (key: string) => new RegExp(` ${key}="?([^"]*)"?`).exec(line)?.[1]?.split("; ") ?? [];
  return {
    durationMs: read("durationMs"),
    cpuMs: read("cpuMs"),
    busCalls: read("busCalls"),
    filesRead: read("filesRead"),
    processesStarted: read("processesStarted"),
    phases: list("phases").flatMap((text) => {
      const [phase = "", ms = ""] = text.split(" ");
      return ms === "" ? [] : [{ phase, ms: Number(ms) }];
    }),
    calls: list("calls").flatMap((text) => {
      const [phase = "", call = "", count = "", , ms = ""] = text.split(" ");
      return ms === "" ? [] : [{ phase, call, count: Number(count), ms: Number(ms) }];
    }),
  };
}

/** Calls that took less are left out. */
const shortestMs = 1;

/** Each phase with its time, and below it the calls that it began. */
export function formatProfile(profile: RoundProfile): string {
  const rows = profile.phases.flatMap(({ phase, ms }) => [
    [phase, formatNumber(ms), ""],
    ...profile.calls
      .filter((call) => call.phase === phase && call.ms >= shortestMs)
      .map((call) => [`  ${call.call}`, formatNumber(call.ms), String(call.count)]),
  ]);
  const { durationMs, cpuMs, busCalls, filesRead, processesStarted } = profile;
  const total = `${durationMs} ms, ${cpuMs} ms CPU of the daemon itself; ${busCalls} D-Bus calls, ${filesRead} managed files read, ${processesStarted} processes started`;
  return `${formatTable(["phase, and calls in it", "ms", "calls"], rows)}\n\nThe whole round: ${total}.`;
}
