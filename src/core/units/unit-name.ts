/**
 * Names of units, templates, instances, drop-in directories and quadlets, by systemd.unit(5) and
 * podman-systemd.unit(5). Pure; knows names only, never content.
 */

export const unitTypes = [
  "service",
  "socket",
  "target",
  "timer",
  "path",
  "mount",
  "automount",
  "swap",
  "slice",
] as const;
export type UnitType = (typeof unitTypes)[number] | "scope" | "device";

const unitNamePattern =
  /^[A-Za-z0-9:_.\\@-]+\.(service|socket|target|timer|path|mount|automount|swap|slice)$/;
const maxUnitNameLength = 255;

/** Whether systemd accepts `name` as the name of a unit that a file can define (systemd.unit(5), "unit name"). */
export function isUnitName(name: string): boolean {
  if (!unitNamePattern.test(name) || name.length > maxUnitNameLength) return false;
  const prefix = name.slice(0, name.lastIndexOf("."));
  return prefix.length > 0 && !prefix.startsWith("@") && !name.startsWith(".");
}

/** Whether a name ends like that of a unit, also when systemd does not accept the whole name. */
export function hasUnitType(name: string): boolean {
  return (unitTypes as readonly string[]).includes(typeOfUnit(name)) && name.includes(".");
}

/** The type suffix, without the dot. */
export function typeOfUnit(name: string): string {
  return name.slice(name.lastIndexOf(".") + 1);
}

/** `x@.service` */
export function isTemplateName(name: string): boolean {
  return /^[^@]+@\.[a-z]+$/.test(name);
}

/** `x@a.service` → prefix `x`, instance `a`, template `x@.service`; null for any other name. */
export function parseInstance(
  name: string,
): { readonly prefix: string; readonly instance: string; readonly template: string } | null {
  const at = name.indexOf("@");
  const dot = name.lastIndexOf(".");
  if (at <= 0 || dot <= at + 1) return null;
  return {
    prefix: name.slice(0, at),
    instance: name.slice(at + 1, dot),
    template: `${name.slice(0, at + 1)}${name.slice(dot)}`,
  };
}

/** `x@.service` and `a` → `x@a.service`. */
export function instantiate(template: string, instance: string): string {
  const at = template.indexOf("@");
  return `${template.slice(0, at + 1)}${instance}${template.slice(at + 1)}`;
}

/**
 * The drop-in directories of a unit; an earlier one wins over a later one (systemd.unit(5); src/shared/dropin.c,
 * unit_file_find_dirs):
 * - its own;
 * - for an instance, all those of its template;
 * - those of its name cut after the last dash, then after the dash before it, and so on;
 * - the one of its type.
 *
 * A template that is cut loses its `@`: `foo-.service.d` applies to `foo-bar@x.service`. All measured on 252 and 257.
 */
export function listDropInDirectories(unit: string): readonly string[] {
  const names = new Set<string>();
  addDropInNames(unit, names);
  return [...[...names].map((name) => `${name}.d`), `${typeOfUnit(unit)}.d`];
}

function addDropInNames(unit: string, names: Set<string>): void {
  names.add(unit);
  const instance = parseInstance(unit);
  if (instance !== null) addDropInNames(instance.template, names);
  const stem = unit.slice(0, unit.lastIndexOf("."));
  const prefix = truncateAtDash(stem.split("@")[0] ?? stem);
  if (prefix === null) return;
  const type = typeOfUnit(unit);
  addDropInNames(instance === null ? `${prefix}.${type}` : `${prefix}@${instance.instance}.${type}`, names);
}

/** `foo-bar` and `foo-bar-` → `foo-`; null when there is no dash to cut at. */
function truncateAtDash(prefix: string): string | null {
  const dash = prefix.endsWith("-") ? prefix.lastIndexOf("-", prefix.length - 2) : prefix.lastIndexOf("-");
  if (dash <= 0) return null;
  return prefix.slice(0, dash + 1);
}

/** Whether `directory` can hold drop-ins of units or quadlets: `web.service.d`, `foo-.service.d`, `service.d`. */
export function isDropInDirectory(directory: string): boolean {
  if (!directory.endsWith(".d")) return false;
  const name = directory.slice(0, -2);
  return (
    isUnitName(name) || (unitTypes as readonly string[]).includes(name) || isQuadletDropInDirectory(directory)
  );
}

/** Whether `directory` can hold drop-ins of quadlets: `web.container.d`, `foo-.container.d`, `container.d`. */
export function isQuadletDropInDirectory(directory: string): boolean {
  if (!directory.endsWith(".d")) return false;
  const name = directory.slice(0, -2);
  return isQuadletName(name) || Object.hasOwn(quadletSuffixes, name);
}

/** Suffix of a quadlet file → what the generator puts before `.service` (podman-systemd.unit(5)). */
const quadletSuffixes: Readonly<Record<string, string>> = {
  container: "",
  kube: "",
  pod: "-pod",
  network: "-network",
  volume: "-volume",
  image: "-image",
  build: "-build",
};

export function isQuadletName(name: string): boolean {
  const dot = name.lastIndexOf(".");
  return dot > 0 && Object.hasOwn(quadletSuffixes, name.slice(dot + 1)) && /^[A-Za-z0-9:_.\\@-]+$/.test(name);
}

/** The service that podman's generator makes from a quadlet file without ServiceName=. */
export function serviceOfQuadlet(name: string): string {
  const dot = name.lastIndexOf(".");
  return `${name.slice(0, dot)}${quadletSuffixes[name.slice(dot + 1)] ?? ""}.service`;
}
