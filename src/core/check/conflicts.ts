/** Warns of enabled units that a boot does not start, because they conflict with other units that it starts. Pure. */

import { findExpectedUnits } from "../desired/expected.ts";
import type { Diagnostic } from "../model/errors.ts";
import type { ObservedUnit } from "../model/observed.ts";
import { type ValidationContext, warn } from "./context.ts";

/** Targets that are up after a boot, on any host (bootup(7)). */
const bootTargets = [
  ...["default", "graphical", "multi-user", "basic", "sysinit", "timers", "sockets", "paths"],
  ...["network", "network-online", "local-fs", "remote-fs", "getty"],
].map((name) => `${name}.target`);

export function findReplacedUnits(context: ValidationContext): readonly Diagnostic[] {
  const booted = new Map(bootTargets.map((name) => [name, makeActive(name)]));
  const { replaced } = findExpectedUnits(context.desired, booted);
  return context.units.flatMap((unit) => {
    const because = replaced.get(unit.name);
    if (because === undefined) return [];
    return [
      warn(
        "conflicting-units",
        context.placeOf(unit),
        `${unit.name} is enabled, and is not started: ${because}`,
        "take the Conflicts= away, or one of the two out of what is enabled or pulled in",
      ),
    ];
  });
}

function makeActive(name: string): ObservedUnit {
  return {
    name,
    loadState: "loaded",
    activeState: "active",
    subState: "active",
    job: null,
    invocationId: null,
    startedAtUs: 0,
  };
}
