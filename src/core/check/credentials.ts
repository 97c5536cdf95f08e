/**
 * Finds credentials that a unit needs and nothing provides, and secrets that no unit receives. Names and paths only.
 * Pure.
 */

import type { DesiredUnit } from "../model/desired.ts";
import type { Diagnostic } from "../model/errors.ts";
import { parseInstance } from "../units/unit-name.ts";
import { execSections, type ValidationContext, valuesOf, warn } from "./context.ts";
import { findNearestWord } from "./nearest.ts";

export function findCredentialProblems(context: ValidationContext): readonly Diagnostic[] {
  return [...context.units.flatMap((unit) => findMissing(context, unit)), ...findUnused(context)];
}

interface LoadedCredential {
  readonly section: string;
  readonly key: "LoadCredential" | "LoadCredentialEncrypted";
  readonly value: string;
  readonly name: string;
  readonly source: string;
}

function findMissing(context: ValidationContext, unit: DesiredUnit): readonly Diagnostic[] {
  return context.read(unit, listLoadedCredentials).flatMap((loaded) => {
    const { section, key, value, name, source } = loaded;
    if (isProvided(context, unit, loaded)) return [];
    const isPath = source.startsWith("/");
    const what = isPath ? `from ${source}, which nothing provides` : "which nobody provides";
    const hint = isPath ? undefined : `add secrets/${unit.quadlet ?? unit.name}/${name}.age`;
    const place = context.locate(unit, `${section}.${key}`, value);
    return [warn("missing-credential", place, `asks for the credential ${name} ${what}`, hint)];
  });
}

/** Without those whose source only systemd knows. */
function listLoadedCredentials(unit: DesiredUnit): readonly LoadedCredential[] {
  return execSections.flatMap((section) =>
    (["LoadCredential", "LoadCredentialEncrypted"] as const).flatMap((key) =>
      valuesOf(unit, `${section}.${key}`).flatMap((value) => {
        const [name = "", source = name] = splitAtColon(value);
        return source.includes("%") ? [] : [{ section, key, value, name, source }];
      }),
    ),
  );
}

function splitAtColon(value: string): readonly string[] {
  const colon = value.indexOf(":");
  return colon < 0 ? [value] : [value.slice(0, colon), value.slice(colon + 1)];
}

function isProvided(
  context: ValidationContext,
  unit: DesiredUnit,
  { section, key, name, source }: LoadedCredential,
): boolean {
  if (Object.hasOwn(unit.definition.credentials, name)) return true;
  const fallbacks = [
    ...valuesOf(unit, `${section}.SetCredential`),
    ...valuesOf(unit, `${section}.SetCredentialEncrypted`),
  ];
  if (fallbacks.some((fallback) => fallback.startsWith(`${name}:`))) return true;
  if (source.startsWith("/")) return context.mayHavePath(source);
  const stores = context.desired.layout.credentialStores[key];
  return context.isKnownPath(stores.map((store) => `${store}/${source}`));
}

/** Finds secrets for a unit that does not exist, most likely because the name of their directory is misspelt. */
function findUnused(context: ValidationContext): readonly Diagnostic[] {
  const { desired } = context;
  const quadlets = new Set(context.units.flatMap(({ quadlet }) => quadlet ?? []));
  const names = [...desired.units.values()]
    .filter(({ owned }) => owned)
    .map(({ name, quadlet }) => quadlet ?? name);
  return desired.credentials.flatMap(({ unit, name, origin }) => {
    if (quadlets.has(unit) || context.hasUnit(unit)) return [];
    const isMasked = desired.units.get(unit)?.masked === true;
    const nearest = isMasked || parseInstance(unit) !== null ? null : findNearestWord(unit, names);
    return [
      warn(
        "unused-secret",
        { file: origin },
        `no unit receives the credential ${name}: ${unit} is ${isMasked ? "masked" : "nowhere in this revision"}`,
        nearest === null ? undefined : `did you mean secrets/${nearest}/?`,
      ),
    ];
  });
}
