/** Whether a unit runs, and whether it is one that runs only for a while. Pure. */
import type { DesiredUnit } from "../model/desired.ts";
import type { ObservedUnit } from "../model/observed.ts";
import { isTrue, lastValue } from "./definition.ts";
import { typeOfUnit } from "./unit-name.ts";

const running: ReadonlySet<string> = new Set(["active", "activating", "reloading", "refreshing"]);

/**
 * Whether it runs, or did until a moment ago and went down by itself: then it fails in a moment, or systemd starts it again
 * (Restart=), and nobody has said that it shall stay down. A stop that somebody asked for has a job.
 */
export function isUp(unit: ObservedUnit | undefined): boolean {
  return unit !== undefined && (running.has(unit.activeState) || isGoingDown(unit));
}

/** Whether it ends although no job stops it. */
export function isGoingDown({ activeState, job }: ObservedUnit): boolean {
  return activeState === "deactivating" && job !== "stop";
}

/** A oneshot that is over when its work is done: it runs when it is triggered, never because of a change. */
export function isPassing({
  name,
  definition: { settings },
}: Pick<DesiredUnit, "name" | "definition">): boolean {
  return (
    typeOfUnit(name) === "service" &&
    lastValue(settings, "Service.Type") === "oneshot" &&
    !isTrue(lastValue(settings, "Service.RemainAfterExit"))
  );
}
