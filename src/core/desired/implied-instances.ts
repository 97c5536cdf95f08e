/**
 * The instances of the repository's templates that no link and no rule declares: the one that enabling a template enables, and
 * those that other units of the repository pull in. Pure.
 */

import type { DesiredUnit } from "../model/desired.ts";
import type { Diagnostic } from "../model/errors.ts";
import { listWords } from "../units/definition.ts";
import { listReferences, pullKeys } from "../units/references.ts";
import { instantiate, isTemplateName, isUnitName, parseInstance } from "../units/unit-name.ts";
import { buildEnablementLinks } from "./enablement.ts";

/** Far more than any host starts of templates. Each may name more by a specifier, and so on without end. */
const maxPulledIn = 4096;

/**
 * Adds them to `units`.
 * @param describe the unit of a name; null for one that is masked, or whose template is not in the repository
 * @returns what is wrong when there are too many
 */
export function addImpliedInstances(
  units: Map<string, DesiredUnit>,
  describe: (name: string) => DesiredUnit | null,
): Diagnostic | null {
  for (const template of [...units.values()].filter((unit) => unit.template && unit.owned)) {
    const name = findDefaultInstance(template);
    const unit = name === null ? null : describe(name);
    if (unit !== null) units.set(unit.name, { ...unit, declared: true });
  }
  // What is added while it is gone through is gone through as well.
  const puller = [...units.values()];
  let count = 0;
  for (const { name, origins, template, definition } of puller) {
    if (template) continue;
    for (const key of pullKeys) {
      for (const wanted of listReferences(definition.settings, key, name)) {
        const unit = units.get(wanted)?.declared === true || !isInstance(wanted) ? null : describe(wanted);
        if (unit === null) continue;
        count += 1;
        if (count > maxPulledIn) return describeExcess(origins[0] ?? name);
        if (!units.has(wanted)) puller.push(unit);
        units.set(wanted, { ...unit, declared: true, pulledIn: true });
      }
    }
  }
  return null;
}

/** The one that `systemctl enable` of the template enables (systemd.unit(5), DefaultInstance=); null where it enables nothing. */
function findDefaultInstance({ name, definition: { settings } }: DesiredUnit): string | null {
  const instance = listWords(settings, "Install.DefaultInstance").at(-1);
  if (instance === undefined) return null;
  const enabled = instantiate(name, instance);
  const links = isUnitName(enabled)
    ? buildEnablementLinks({ name: enabled, settings, origin: name }, "")
    : [];
  return links.length === 0 ? null : enabled;
}

function isInstance(name: string): boolean {
  return isUnitName(name) && !isTemplateName(name) && parseInstance(name) !== null;
}

function describeExcess(file: string): Diagnostic {
  return {
    severity: "error",
    code: "too-large",
    file,
    message: `with this, more than ${maxPulledIn} instances of templates are pulled in by other units`,
    hint: "a template that names another instance of itself by a specifier never comes to an end",
  };
}
