/** Builds the units of the desired state, each with its effective definition. Pure. */

import type { DesiredUnit } from "../model/desired.ts";
import type { Diagnostic } from "../model/errors.ts";
import type { RepositoryConfig, UnitRules } from "../model/rules.ts";
import type { SnapshotFile } from "../model/snapshot.ts";
import { lastValue, type MergedSettings, mergeSettings } from "../units/definition.ts";
import { MentionIndex } from "../units/mention-index.ts";
import {
  instantiate,
  isTemplateName,
  isUnitName,
  parseInstance,
  serviceOfQuadlet,
} from "../units/unit-name.ts";
import { UnitAliases } from "./aliases.ts";
import { buildDefinition, type NamedInput, type Subject, type UnitsInput } from "./build-definition.ts";
import type { BuildMemo } from "./build-memo.ts";
import { checkRules } from "./check-rules.ts";
import { DefinitionBudget } from "./definition-budget.ts";
import { type DropIns, dropGeneratedLines, joinDropIns, selectDropIns } from "./drop-ins.ts";
import { listForeignPullers } from "./foreign-enablement.ts";
import { addImpliedInstances } from "./implied-instances.ts";
import type { UnitLayer } from "./unit-layer.ts";
import { resolveUnitRules } from "./unit-rules.ts";

export function buildUnits(
  given: UnitsInput,
  memo: BuildMemo,
): {
  readonly units: ReadonlyMap<string, DesiredUnit>;
  readonly diagnostics: readonly Diagnostic[];
  /** False when a limit was exceeded, and units are missing. */
  readonly isComplete: boolean;
} {
  const services = [...given.quadlets].map(
    ([name, { file }]) => [nameQuadletService(name, file), name] as const,
  );
  const aliases = new UnitAliases(given.layer, memo.derived);
  const input: NamedInput = {
    ...given,
    memo,
    aliases,
    quadletOf: new Map(services),
    pullersOf: groupPullers(given.layer, aliases),
    fileRules: [...given.config.files].filter(([, { restarts, reloads }]) => restarts ?? reloads),
    managedPaths: memo.managedPaths.keep("", [...given.managedDigests.keys()]),
    generated: new Set(given.credentialFiles.map(({ origin }) => origin)),
  };
  const diagnostics = [...checkRules(input.config)];
  const dropIns = joinDropIns(input.layer, input.credentialFiles);
  const units = new Map<string, DesiredUnit>();
  const { fragments } = input.layer;
  const quadletFiles = [...input.quadlets.values()].map(({ file }) => file);
  const budget = new DefinitionBudget();
  const index = new MentionIndex(input.managedPaths);
  const dropInFiles = [...dropIns.values()].flatMap((files) => [...files.values()]);
  for (const file of [...fragments.values(), ...quadletFiles, ...dropInFiles]) budget.spend([file]);
  if (budget.excess !== null)
    return { units, diagnostics: [...diagnostics, budget.excess], isComplete: false };
  const describe = (subject: Subject): DesiredUnit | null => {
    const files = listFiles(subject, dropIns, input.aliases);
    budget.spend(files);
    if (budget.excess !== null) return null;
    const unit = describeUnit(subject, files, input, index);
    budget.spendMentions(unit, index);
    return budget.excess === null ? unit : null;
  };
  for (const subject of listSubjects(input, dropIns, diagnostics)) {
    const unit = describe(subject);
    if (unit !== null) units.set(unit.name, unit);
  }
  const excess = addImpliedInstances(units, (name) => {
    const source = findTemplate(parseInstance(name)?.template ?? "", input);
    const isOurs = source.fragment !== null && !input.layer.masks.has(name);
    return isOurs ? describe({ name, ...source, declared: true }) : null;
  });
  const tooMuch = budget.excess ?? excess;
  if (tooMuch !== null) return { units, diagnostics: [...diagnostics, tooMuch], isComplete: false };
  for (const [name, file] of input.layer.masks) {
    units.set(name, {
      ...describeUnit(bareSubject(name, true), [], input, index),
      masked: true,
      origins: [file.path],
    });
  }
  for (const [name, unit] of units) units.set(name, memo.units.keep(name, unit));
  return { units, diagnostics, isComplete: true };
}

/** Unit → the units that pull it in by a link of the repository. */
function groupPullers({ links }: UnitLayer, aliases: UnitAliases): ReadonlyMap<string, readonly string[]> {
  const pullers = new Map<string, string[]>();
  for (const { name, puller } of links) {
    const unit = aliases.resolve(name);
    const known = pullers.get(unit);
    if (known === undefined) pullers.set(unit, [puller]);
    else known.push(puller);
  }
  return pullers;
}

function bareSubject(name: string, declared: boolean): Subject {
  return { name, fragment: null, quadlet: null, declared };
}

/** What defines the instances of a template: its own file, or the quadlet that podman makes it of. */
function findTemplate(
  template: string,
  { layer, quadlets, quadletOf }: NamedInput,
): Pick<Subject, "fragment" | "quadlet"> {
  const fragment = layer.fragments.get(template);
  if (fragment !== undefined) return { fragment, quadlet: null };
  const quadlet = quadletOf.get(template) ?? null;
  return { fragment: quadlets.get(quadlet ?? "")?.file ?? null, quadlet };
}

function listSubjects(input: NamedInput, dropIns: DropIns, diagnostics: Diagnostic[]): readonly Subject[] {
  const { layer, quadlets, config, credentialsByUnit, aliases, foreign } = input;
  const subjects = new Map<string, Subject>();
  const sourceOf = (name: string) => {
    const fragment = layer.fragments.get(name);
    if (fragment !== undefined) return { fragment, quadlet: null };
    return findTemplate(parseInstance(name)?.template ?? "", input);
  };
  const add = (subject: Subject) => {
    if (!subjects.has(subject.name)) subjects.set(subject.name, subject);
  };
  for (const [name, fragment] of layer.fragments) add({ name, fragment, quadlet: null, declared: true });
  for (const [name, quadlet] of input.quadletOf) {
    add({ name, fragment: quadlets.get(quadlet)?.file ?? null, quadlet, declared: true });
  }
  for (const [name, link] of layer.instances) {
    const source = sourceOf(name);
    if (source.fragment === null) diagnostics.push(missingTemplate(link.path, name));
    add({ name, ...source, declared: true });
  }
  for (const link of layer.links) {
    const name = aliases.resolve(link.name);
    const source = sourceOf(name);
    add({ name, ...source, declared: source.fragment !== null });
  }
  for (const name of listInstancesByRule(config, layer)) {
    add({ name, ...sourceOf(name), declared: true });
  }
  const extended = [...dropIns.keys()].map((directory) => directory.slice(0, -2));
  for (const extendedName of [...extended, ...credentialsByUnit.keys()]) {
    const name = aliases.resolve(extendedName);
    if (!isUnitName(name) || /-@?\.[a-z]+$/.test(name) || layer.masks.has(name)) continue;
    add({ name, ...sourceOf(name), declared: false });
  }
  for (const { name } of foreign) add({ name, fragment: null, quadlet: null, declared: false });
  return [...subjects.values()];
}

function nameQuadletService(name: string, file: SnapshotFile): string {
  const { settings } = mergeSettings([file]);
  const type = name.slice(name.lastIndexOf(".") + 1);
  const section = `${type.charAt(0).toUpperCase()}${type.slice(1)}`;
  const explicit = lastValue(settings, `${section}.ServiceName`);
  return explicit === null ? serviceOfQuadlet(name) : `${explicit}.service`;
}

function listInstancesByRule(config: RepositoryConfig, layer: UnitLayer): readonly string[] {
  return [...config.units].flatMap(([template, rules]) =>
    layer.fragments.has(template) && isTemplateName(template)
      ? (rules.instances ?? []).map((instance) => instantiate(template, instance))
      : [],
  );
}

function missingTemplate(file: string, name: string): Diagnostic {
  const template = parseInstance(name)?.template ?? name;
  return {
    severity: "error",
    code: "template-missing",
    file,
    message: `declares ${name}, but there is no ${template} for this host`,
    hint: `add ${template} to a unit directory of this host; an instance of the distribution's template is declared by a link in x.target.wants/`,
  };
}

function listFiles(subject: Subject, dropIns: DropIns, aliases: UnitAliases): readonly SnapshotFile[] {
  const fragments = subject.fragment === null ? [] : [subject.fragment];
  return [...fragments, ...selectDropIns(subject, dropIns, aliases)];
}

function describeUnit(
  subject: Subject,
  files: readonly SnapshotFile[],
  input: NamedInput,
  index: MentionIndex,
): DesiredUnit {
  const { settings, locations } = mergeText(subject.name, files, input);
  const rules = recallRules(input.memo, input.config, subject.name);
  const { defaults } = input.config;
  return {
    name: subject.name,
    owned: subject.fragment !== null,
    declared: subject.declared,
    pulledIn: false,
    enabled: rules.enabled ?? true,
    wantedBy: [
      ...(input.pullersOf.get(subject.name) ?? []),
      ...(subject.fragment === null ? listForeignPullers(input.foreign, subject.name) : []),
    ],
    template: isTemplateName(subject.name),
    quadlet: subject.quadlet,
    masked: false,
    definition: buildDefinition(subject, settings, input, index),
    locations,
    origins: files.map(({ path }) => path),
    intent: rules.state ?? "auto",
    onChange: rules.onChange ?? "restart",
    isOnChangeSet: rules.onChange !== undefined,
    health: { ...defaults.health, ...rules.health },
  };
}

function mergeText(
  unit: string,
  files: readonly SnapshotFile[],
  { memo, generated }: NamedInput,
): MergedSettings {
  const identity = files.flatMap(({ path, blob }) => [path, blob]);
  return memo.texts.recall(unit, identity, () => {
    const { settings, locations } = mergeSettings(files);
    return { settings, locations: dropGeneratedLines(locations, generated) };
  });
}

/** As `resolveUnitRules`. */
export function recallRules(memo: BuildMemo, config: RepositoryConfig, unit: string): UnitRules {
  return memo.rules.recall(unit, [config.units], () => resolveUnitRules(config, unit));
}
