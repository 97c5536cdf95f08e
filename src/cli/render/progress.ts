/** What a sync is doing, as one line or a few, by the events of the agent. Pure text; must not write to a terminal. */
import type { StreamedEvent } from "../../core/model/streamed-event.ts";
import { escapeUnprintable } from "../../lib/printable.ts";
import { displayWidth } from "./table.ts";

const phaseWords: Readonly<Record<string, string>> = {
  fetch: "fetching",
  trust: "verifying",
  read: "reading and decrypting",
  build: "building",
  observe: "validating, and looking at the host",
  plan: "planning",
  claim: "writing",
  write: "writing",
  reload: "reloading systemd",
  jobs: "starting and stopping units",
  again: "looking at the host again",
  settle: "waiting until the units have settled",
};

const unitWords: Readonly<Record<string, string>> = {
  "unit.started": "started",
  "unit.stopped": "stopped",
  "unit.restarted": "restarted",
  "unit.reloaded": "reloaded",
  "unit.takenAlong": "taken along:",
  "unit.unfinished": "still starting:",
  "unit.failed": "failed:",
};

/** What the event says about the progress; null for an event that says nothing about it. */
export function describeProgress({ event, fields }: StreamedEvent): string | null {
  if (event === "round.entered") return phaseWords[String(fields["phase"])] ?? null;
  const word = unitWords[event];
  return word === undefined ? null : escapeUnprintable(`${word} ${fields["unit"] ?? ""}`);
}

/** The text cut to the columns of the terminal, so that it never takes a second line. */
export function fitLine(text: string, width: number): string {
  let fitting = "";
  for (const character of text) {
    if (displayWidth(fitting + character) >= width) break;
    fitting += character;
  }
  return fitting;
}
