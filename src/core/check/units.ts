/** Checks between units: what a timer, path or socket starts, what starts an instance, which unit has a name. Pure. */

import { buildEnablementLinks, isEnabled, listPullers } from "../desired/enablement.ts";
import type { DesiredUnit } from "../model/desired.ts";
import type { Diagnostic } from "../model/errors.ts";
import { isTrue, lastValue } from "../units/definition.ts";
import { listReferences } from "../units/references.ts";
import { isTemplateName, isUnitName, parseInstance, typeOfUnit } from "../units/unit-name.ts";
import { type ValidationContext, valuesOf, warn } from "./context.ts";
import { findNearestWord } from "./nearest.ts";

export interface Trigger {
  readonly target: string;
  /** The `Section.Key` that names it; null when only the name of the unit does. */
  readonly key: string | null;
}

/** Finds timers, paths and sockets whose unit does not exist: they can be active and still do nothing. */
export function findTriggerProblems(context: ValidationContext): readonly Diagnostic[] {
  return context.units.flatMap((unit) => {
    const trigger = unit.owned ? context.read(unit, readTrigger) : null;
    if (trigger === null || trigger.target.includes("%") || context.hasUnit(trigger.target)) return [];
    const { target, key } = trigger;
    const isMasked = context.desired.units.get(target)?.masked === true;
    const what = isMasked ? "which is masked" : "which is nowhere in this revision";
    const nearest = isMasked ? null : findNearestWord(target, context.desired.units.keys());
    return [
      warn(
        "trigger-without-unit",
        key === null ? context.placeOf(unit) : context.locate(unit, key, target),
        `${unit.name} starts ${target}, ${what}`,
        nearest === null ? undefined : `did you mean ${nearest}?`,
      ),
    ];
  });
}

/**
 * The unit that a timer, path or socket starts: Unit= of systemd.timer(5) and systemd.path(5), Service= and Accept= of
 * systemd.socket(5).
 */
export function readTrigger(unit: DesiredUnit): Trigger | null {
  const keys: Readonly<Record<string, string>> = {
    timer: "Timer.Unit",
    path: "Path.Unit",
    socket: "Socket.Service",
  };
  const key = keys[typeOfUnit(unit.name)];
  if (key === undefined) return null;
  const { settings } = unit.definition;
  const explicit = lastValue(settings, key);
  if (explicit !== null && explicit !== "") return { target: explicit, key };
  const stem = unit.name.slice(0, unit.name.lastIndexOf("."));
  const isAccepting = typeOfUnit(unit.name) === "socket" && isTrue(lastValue(settings, "Socket.Accept"));
  const target = isAccepting ? `${stem.split("@")[0]}@.service` : `${stem}.service`;
  return { target, key: null };
}

const pullKeys = ["Wants", "Requires", "Requisite", "BindsTo", "Upholds", "OnSuccess", "OnFailure"];

/** Finds declared instances that nothing starts, because their template has no WantedBy= or the like in [Install]. */
export function findIdleInstances(context: ValidationContext): readonly Diagnostic[] {
  const triggered = context.units.map((unit) => context.read(unit, readTrigger)?.target ?? "");
  const pulled = new Set([...context.units.flatMap((unit) => context.read(unit, listPulled)), ...triggered]);
  return context.units.flatMap((unit) => {
    const template = parseInstance(unit.name)?.template;
    const { settings } = unit.definition;
    const isStarted =
      unit.intent !== "auto" ||
      !unit.enabled ||
      pulled.has(unit.name) ||
      context.read(unit, listPullers).length > 0 ||
      lastValue(settings, "Service.BusName") !== null;
    if (template === undefined || !unit.declared || !unit.owned || isStarted) return [];
    return [
      warn(
        "instance-never-started",
        context.placeOf(unit),
        `${unit.name} is declared, but nothing starts it: ${template} has no WantedBy= in [Install]`,
        "add WantedBy= to its [Install] section, or state: running to gitops.yaml",
      ),
    ];
  });
}

/** The units that a unit starts by its text. */
function listPulled({ name, definition: { settings } }: DesiredUnit): readonly string[] {
  return pullKeys.flatMap((key) => listReferences(settings, `Unit.${key}`, name));
}

const requirementKeys = ["Requires", "Requisite", "BindsTo"] as const;
/** Types of units that exist only at times: with hardware, with a program, or as soon as a unit names them. */
const fleetingTypes = ["device", "scope", "slice"];

/** Finds required units that do not exist: the unit would not start. systemd would report only one of several. */
export function findMissingDependencies(context: ValidationContext): readonly Diagnostic[] {
  if (!context.knowsHost) return [];
  return context.units.flatMap((unit) =>
    context
      .read(unit, listRequirements)
      .filter(({ name }) => !context.hasUnit(name))
      .map(({ key, value, name }) => describeDependency(context, unit, key, value, name)),
  );
}

interface Requirement {
  readonly key: string;
  readonly value: string;
  readonly name: string;
}

function listRequirements(unit: DesiredUnit): readonly Requirement[] {
  return requirementKeys.flatMap((key) =>
    valuesOf(unit, `Unit.${key}`).flatMap((value) =>
      value
        .split(/\s+/)
        .filter((name) => isUnitName(name) && !fleetingTypes.includes(typeOfUnit(name)))
        .map((name) => ({ key, value, name })),
    ),
  );
}

function describeDependency(
  context: ValidationContext,
  unit: DesiredUnit,
  key: string,
  value: string,
  name: string,
): Diagnostic {
  const isMasked = context.desired.units.get(name)?.masked === true;
  const nearest = isMasked ? null : findNearestWord(name, context.desired.units.keys());
  return warn(
    "missing-dependency",
    context.locate(unit, `Unit.${key}`, value),
    `requires ${name}, which is ${isMasked ? "masked" : "neither in this revision nor on this host"}`,
    nearest === null ? undefined : `did you mean ${nearest}?`,
  );
}

/** Finds names that two units use: systemd has only one file for each name. */
export function findNameConflicts(context: ValidationContext): readonly Diagnostic[] {
  const claimedBy = new Map<string, DesiredUnit>();
  return context.units.flatMap((unit) => {
    if (!unit.owned || !isEnabled(unit) || unit.quadlet !== null || unit.intent === "stopped") return [];
    return context.read(unit, listAliases).flatMap((alias): Diagnostic[] => {
      const other = claimedBy.get(alias) ?? findOwner(context, alias);
      claimedBy.set(alias, unit);
      if (other === null || other.name === unit.name) return [];
      const value =
        valuesOf(unit, "Install.Alias").find((words) => words.split(/\s+/).includes(alias)) ?? alias;
      return [
        {
          severity: "error",
          code: "name-taken",
          ...context.locate(unit, "Install.Alias", value),
          message: `Alias=${alias} is taken: ${other.origins[0] ?? other.name} ${other.masked ? "masks" : "is"} ${
            other.name === alias ? "that unit" : `${other.name}, which has the same alias`
          }`,
          hint: "give one of the two another name",
        },
      ];
    });
  });
}

/** The names by Alias= that `systemctl enable` makes links of. */
function listAliases({ name, definition: { settings } }: DesiredUnit): readonly string[] {
  return buildEnablementLinks({ name, settings, origin: name, fragment: name }, "").flatMap(
    ({ path, role }) => (role === "alias" && !isTemplateName(path.slice(1)) ? [path.slice(1)] : []),
  );
}

function findOwner({ desired }: ValidationContext, name: string): DesiredUnit | null {
  const unit = desired.units.get(name);
  return unit !== undefined && (unit.owned || unit.masked) ? unit : null;
}

/** Finds symlinks in units/ that are aliases of a unit which does not exist. */
export function findDanglingAliases(context: ValidationContext): readonly Diagnostic[] {
  return [...context.desired.files.values()].flatMap((entry) => {
    if (entry.kind !== "link" || entry.role !== "alias" || entry.linkTarget.includes("/")) return [];
    if (context.hasUnit(entry.linkTarget)) return [];
    return [
      warn(
        "alias-without-unit",
        { file: entry.origin },
        `is an alias for ${entry.linkTarget}, which is nowhere in this revision`,
      ),
    ];
  });
}
