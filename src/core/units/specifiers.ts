/** Replaces the specifiers of systemd.unit(5), as far as their value can be known without asking the host. Pure. */
import { listNameSpecifiers } from "./references.ts";

/**
 * The value with its specifiers replaced. A specifier that only the host knows becomes `*`, and so does the instance in
 * a template.
 * @param places letter → value, for the specifiers that the host layout defines
 */
export function expandSpecifiers(
  value: string,
  unit: string,
  places: Readonly<Record<string, string>>,
): string {
  if (!value.includes("%")) return value;
  const names = listNameSpecifiers(unit);
  const { i = "", j = "", p = "" } = names;
  const isTemplate = /@\.[a-z]+$/.test(unit);
  const instance = isTemplate ? "*" : i;
  const known: Readonly<Record<string, string>> = {
    ...places,
    ...names,
    ...(isTemplate ? { n: unit.replace("@.", "@*."), N: `${p}@*` } : {}),
    i: instance,
    I: isTemplate ? "*" : unescapeName(i),
    J: unescapeName(j),
    P: unescapeName(p),
    f: isTemplate ? "/*" : `/${unescapeName(i === "" ? p : i)}`,
  };
  return value.replace(/%([a-zA-Z%])/g, (_, letter: string) => known[letter] ?? "*");
}

/** As systemd-escape --unescape: a dash is a slash, `\x2d` the character of this number. */
function unescapeName(name: string): string {
  return name
    .replaceAll("-", "/")
    .replace(/\\x([0-9a-f]{2})/gi, (_, digits: string) => String.fromCharCode(Number.parseInt(digits, 16)));
}
