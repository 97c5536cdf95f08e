/** Says whether a unit runs, and whether it is a oneshot that ends by itself. Pure. */
import type { DesiredUnit } from "../model/desired.ts";
import type { ObservedUnit } from "../model/observed.ts";
import { isTrue, lastValue } from "./definition.ts";
import { typeOfUnit } from "./unit-name.ts";

type Named = Pick<DesiredUnit, "name" | "definition">;

const running: ReadonlySet<string> = new Set(["active", "activating", "reloading", "refreshing"]);

/**
 * Whether the unit runs, or is just ending by itself. A unit that ends by itself counts as up: nobody asked to stop it,
 * and systemd may start it again (Restart=). A unit with a stop job does not count.
 */
export function isUp(unit: ObservedUnit | undefined): boolean {
  return unit !== undefined && (running.has(unit.activeState) || isGoingDown(unit));
}

/** Whether the unit is ending without a stop job. */
export function isGoingDown({ activeState, job }: ObservedUnit): boolean {
  return activeState === "deactivating" && job !== "stop";
}

/**
 * Whether it is a oneshot that stays active and has a condition: one that prepares something once, such as a file system on a new
 * disk. To run it again could destroy what it has made.
 */
export function isPreparation(unit: Named): boolean {
  const { settings } = unit.definition;
  return (
    isOneshot(unit) &&
    remainsAfterExit(unit) &&
    Object.entries(settings).some(([key, values]) => key.startsWith("Unit.Condition") && values.at(-1) !== "")
  );
}

/**
 * Whether it is a oneshot without RemainAfterExit=, which ends by itself. It runs when triggered, never because of a
 * change.
 */
export function isPassing(unit: Named): boolean {
  return isOneshot(unit) && !remainsAfterExit(unit);
}

function isOneshot({ name, definition: { settings } }: Named): boolean {
  return typeOfUnit(name) === "service" && lastValue(settings, "Service.Type") === "oneshot";
}

function remainsAfterExit({ definition: { settings } }: Named): boolean {
  return isTrue(lastValue(settings, "Service.RemainAfterExit"));
}
