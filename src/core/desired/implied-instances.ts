/**
 * Adds instances of the repository's templates that neither a link nor a rule declares: the instance that `systemctl
 * enable` of the template enables, and the instances that other units of the repository pull in. Pure.
 */

import type { DesiredUnit } from "../model/desired.ts";
import type { Diagnostic } from "../model/errors.ts";
import { listWords, type Settings } from "../units/definition.ts";
import { listReferences, pullKeys } from "../units/references.ts";
import { instantiate, isTemplateName, isUnitName, parseInstance } from "../units/unit-name.ts";
import { buildEnablementLinks } from "./enablement.ts";

/**
 * Far more instances than any real host has. Without a limit, instances that name further instances would never end.
 */
const maxPulledIn = 4096;

/**
 * Adds them to `units`.
 * @param describe builds the unit of a name; null when it is masked, or its template is not in the repository
 * @returns an error when there are too many, otherwise null
 */
export function addImpliedInstances(
  units: Map<string, DesiredUnit>,
  describe: (name: string) => DesiredUnit | null,
): Diagnostic | null {
  for (const template of [...units.values()].filter((unit) => unit.template && unit.owned && unit.enabled)) {
    const name = findDefaultInstance(template.name, template.definition.settings);
    const unit = name === null ? null : describe(name);
    if (unit !== null) units.set(unit.name, { ...unit, declared: true });
  }
  // The loop adds to this list, and so also visits the units that it adds.
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

/**
 * The instance that `systemctl enable` of the template enables (systemd.unit(5), DefaultInstance=); null when it
 * enables none.
 */
export function findDefaultInstance(name: string, settings: Settings): string | null {
  const instance = listWords(settings, "Install.DefaultInstance").at(-1);
  if (instance === undefined) return null;
  const enabled = instantiate(name, instance);
  const links = isUnitName(enabled)
    ? buildEnablementLinks({ name: enabled, settings, origin: name, fragment: name }, "")
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
