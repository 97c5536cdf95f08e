/** Checks of what starts a unit: what runs twice, and what is passed over although it may be meant as a unit. Pure. */
import { isEnabled, listPullers } from "../desired/enablement.ts";
import { resolveUnitRules } from "../desired/unit-rules.ts";
import type { Desired } from "../model/desired.ts";
import type { Diagnostic } from "../model/errors.ts";
import type { Inventory } from "../model/inventory.ts";
import type { ObservedFile } from "../model/observed.ts";
import type { RepositoryConfig } from "../model/rules.ts";
import { findVendorFile } from "../plan/vendor-unit.ts";
import { lastValue } from "../units/definition.ts";
import { isUnitName, parseInstance, unitTypes } from "../units/unit-name.ts";
import { type ValidationContext, warn } from "./context.ts";
import { findNearestWord } from "./nearest.ts";
import { readTrigger } from "./units.ts";

/**
 * Finds oneshots that a timer, path or socket of the revision starts, and that are enabled besides: they run at each boot, and
 * once when they are new on a host.
 */
export function findDoublyStarted(context: ValidationContext): readonly Diagnostic[] {
  const triggers = new Map<string, string>();
  for (const unit of context.units) {
    const target = unit.owned ? context.read(unit, readTrigger)?.target : undefined;
    if (target !== undefined) triggers.set(target, unit.name);
  }
  return context.units.flatMap((unit) => {
    const trigger = triggers.get(unit.name);
    const isOneshot = lastValue(unit.definition.settings, "Service.Type") === "oneshot";
    if (trigger === undefined || !isOneshot || !isEnabled(unit) || unit.intent !== "auto") return [];
    const [puller] = context.read(unit, listPullers);
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

/**
 * Finds units that the host has and that are not enabled there, and that their [Install] section in git enables now. Where
 * gitops.yaml says `enabled` of a unit, that is meant.
 */
export function findNewlyEnabled(
  desired: Pick<Desired, "units" | "files" | "layout">,
  config: RepositoryConfig,
  applied: Pick<Inventory, "units" | "files">,
  observed: ReadonlyMap<string, ObservedFile>,
): readonly Diagnostic[] {
  const { unitDirectory } = desired.layout;
  const isThere = (path: string) => (observed.get(path)?.kind ?? "absent") !== "absent";
  const isOnHost = (file: string) =>
    (applied.files[`${unitDirectory}/${file}`] === undefined && isThere(`${unitDirectory}/${file}`)) ||
    findVendorFile(file, observed, desired.layout) !== null;
  const links = [...desired.files.values()].filter(({ role }) => role === "enablement");
  return [...desired.units.values()].flatMap((unit) => {
    const { name } = unit;
    if (applied.units[name] !== undefined || !unit.owned || unit.masked || unit.intent !== "auto") return [];
    const file = desired.files.has(`${unitDirectory}/${name}`) ? name : parseInstance(name)?.template;
    const own = links.filter((link) => link.unit === name);
    const isNew = own.length > 0 && !own.some(({ path }) => isThere(path));
    if (!isNew || file === undefined || !isOnHost(file)) return [];
    if (resolveUnitRules(config, name).enabled !== undefined) return [];
    return [
      warn(
        "newly-enabled",
        { file: unit.origins[0] ?? name },
        `${name} is not enabled on this host, and git enables it now: every boot starts it`,
        `to leave it as it is on the host, set in gitops.yaml: units: { ${name}: { enabled: false } }`,
      ),
    ];
  });
}

/** Finds files that are passed over and whose ending is nearly one of a unit: the unit would be missing on the host. */
export function findMisspeltUnits({ desired }: ValidationContext): readonly Diagnostic[] {
  return desired.passedOver.flatMap((file) => {
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
