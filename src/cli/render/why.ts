/** Why a unit was restarted, or was not, on one screen. Must not gather or judge anything. */
import type { UnitDetails } from "../../core/model/unit-details.ts";
import { escapeUnprintable } from "../../lib/printable.ts";
import { createPainter, type Painter } from "./style.ts";
import { renderEvents, renderHead, renderStartedWith, type UnitRenderOptions } from "./unit-details.ts";

const shownEvents = 8;

/** Ends with a line end. */
export function renderWhy(details: UnitDetails, options: UnitRenderOptions): string {
  const paint = createPainter(options.colour);
  const shown = { ...details, history: details.history.slice(0, shownEvents) };
  const events = renderEvents(shown, options, paint);
  const blocks = [
    renderHead(details, options, paint),
    [
      paint("bold", "WHAT SYNCS DID"),
      ...(events.length === 0
        ? ["  nothing that the history still has; systemd or a person started it"]
        : events.map((line) => `  ${line}`)),
    ],
    renderNow(details, paint),
    renderAlong(details, paint),
  ];
  return `${blocks.map((block) => block.join("\n")).join("\n\n")}\n`;
}

function renderNow(details: UnitDetails, paint: Painter): readonly string[] {
  const lines = renderStartedWith(details);
  const running = details.unit.activeState === "active" ? "it runs with what git says" : "it does not run";
  return [paint("bold", "NOW"), ...(lines.length === 0 ? [running] : lines).map((line) => `  ${line}`)];
}

function renderAlong({ takenAlong, unit }: UnitDetails, paint: Painter): readonly string[] {
  const title = paint("bold", "A RESTART WOULD TAKE ALONG");
  if (takenAlong.length === 0)
    return [title, `  no other unit: systemctl restart ${unit.name} concerns it alone`];
  return [
    title,
    ...takenAlong.map((tie) => `  ${escapeUnprintable(`${tie.unit}  because of ${tie.because}`)}`),
  ];
}
