/** Checks of what starts a unit: what runs twice, and what is passed over although it may be meant as a unit. Pure. */
import { isEnabled, listPullers } from "../desired/enablement.ts";
import type { Diagnostic } from "../model/errors.ts";
import { lastValue } from "../units/definition.ts";
import { isUnitName, unitTypes } from "../units/unit-name.ts";
import { type ValidationContext, warn } from "./context.ts";
import { findNearestWord } from "./nearest.ts";
import { findTrigger } from "./units.ts";

/**
 * Finds oneshots that a timer, path or socket of the revision starts, and that are enabled besides: they run at each boot, and
 * once when they are new on a host.
 */
export function findDoublyStarted(context: ValidationContext): readonly Diagnostic[] {
  const triggers = new Map<string, string>();
  for (const unit of context.units) {
    const target = unit.owned ? findTrigger(context, unit)?.target : undefined;
    if (target !== undefined) triggers.set(target, unit.name);
  }
  return context.units.flatMap((unit) => {
    const trigger = triggers.get(unit.name);
    const isOneshot = lastValue(unit.definition.settings, "Service.Type") === "oneshot";
    if (trigger === undefined || !isOneshot || !isEnabled(unit) || unit.intent !== "auto") return [];
    const [puller] = listPullers(unit);
    if (puller === undefined) return [];
    return [
      warn(
        "started-twice",
        context.placeOf(unit),
        `${unit.name} is started by ${trigger}, and also by ${puller}: at every boot, and when it is new on a host`,
        `if only ${trigger} shall start it, remove its [Install] section, or set in gitops.yaml: units: { ${unit.name}: { enabled: false } }`,
      ),
    ];
  });
}

/** Finds files that are passed over and whose ending is nearly one of a unit: the unit would be missing on the host. */
export function findMisspeltUnits(passedOver: readonly string[]): readonly Diagnostic[] {
  return passedOver.flatMap((file) => {
    const name = file.slice(file.lastIndexOf("/") + 1);
    const [stem, ending, ...rest] = name.split(".");
    if (stem === undefined || ending === undefined || rest.length > 0) return [];
    const type = ending.length < shortestMisspelling ? null : findNearestWord(ending, unitTypes);
    const meant = `${stem}.${type}`;
    if (type === null || type === ending || !isUnitName(meant)) return [];
    return [warn("unit-misspelt", { file }, "is passed over, since it is no unit", `did you mean ${meant}?`)];
  });
}

/** Shorter endings are too near to others: `.pat` and `.patch` are not meant as `.path`. */
const shortestMisspelling = 6;
