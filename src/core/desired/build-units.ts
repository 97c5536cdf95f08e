/** Builds the units of the desired state, each with its effective definition. Pure. */

import type { Definition, DesiredCredential, DesiredUnit, FileEntry } from "../model/desired.ts";
import type { Diagnostic } from "../model/errors.ts";
import type { HostLayout } from "../model/host-layout.ts";
import type { RepositoryConfig } from "../model/rules.ts";
import type { SnapshotFile } from "../model/snapshot.ts";
import { lastValue, mergeSettings, type Settings } from "../units/definition.ts";
import { MentionIndex } from "../units/mention-index.ts";
import { findMentions } from "../units/mentions.ts";
import {
  instantiate,
  isTemplateName,
  isUnitName,
  parseInstance,
  serviceOfQuadlet,
} from "../units/unit-name.ts";
import { UnitAliases } from "./aliases.ts";
import { checkRules } from "./check-rules.ts";
import { selectCredentials } from "./credential-drop-in.ts";
import { DefinitionBudget } from "./definition-budget.ts";
import { type DropIns, dropGeneratedLines, joinDropIns, selectDropIns } from "./drop-ins.ts";
import { type ForeignUnit, listForeignPullers } from "./foreign-enablement.ts";
import { addImpliedInstances } from "./implied-instances.ts";
import type { UnitLayer } from "./unit-layer.ts";
import { resolveUnitRules } from "./unit-rules.ts";

export interface UnitsInput {
  readonly layer: UnitLayer;
  readonly config: RepositoryConfig;
  readonly specifiers: HostLayout["specifiers"];
  /** Absolute path of each managed file → digest. */
  readonly managedDigests: ReadonlyMap<string, string>;
  readonly credentialsByUnit: ReadonlyMap<string, readonly DesiredCredential[]>;
  /** The generated drop-ins that deliver credentials. */
  readonly credentialFiles: readonly FileEntry[];
  /** Units that git only enables. */
  readonly foreign: readonly ForeignUnit[];
}

/** A unit to describe: its name, and the file that defines it. */
interface Subject {
  readonly name: string;
  readonly fragment: SnapshotFile | null;
  readonly quadlet: string | null;
  readonly declared: boolean;
}

interface NamedInput extends UnitsInput {
  readonly aliases: UnitAliases;
}

export function buildUnits(given: UnitsInput): {
  readonly units: ReadonlyMap<string, DesiredUnit>;
  readonly diagnostics: readonly Diagnostic[];
} {
  const input = { ...given, aliases: new UnitAliases(given.layer) };
  const diagnostics = [...checkRules(input.config)];
  const dropIns = joinDropIns(input.layer, input.credentialFiles);
  const units = new Map<string, DesiredUnit>();
  const { fragments, quadlets } = input.layer;
  const budget = new DefinitionBudget();
  const index = new MentionIndex(input.managedDigests.keys());
  for (const files of [fragments, quadlets, ...dropIns.values()]) {
    for (const file of files.values()) budget.spend([file]);
  }
  if (budget.excess !== null) return { units, diagnostics: [...diagnostics, budget.excess] };
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
    const fragment = fragments.get(parseInstance(name)?.template ?? "");
    const isOurs = fragment !== undefined && !input.layer.masks.has(name);
    return isOurs ? describe({ name, fragment, quadlet: null, declared: true }) : null;
  });
  const tooMuch = budget.excess ?? excess;
  if (tooMuch !== null) return { units, diagnostics: [...diagnostics, tooMuch] };
  for (const [name, file] of input.layer.masks) {
    units.set(name, {
      ...describeUnit(bareSubject(name, true), [], input, index),
      masked: true,
      origins: [file.path],
    });
  }
  return { units, diagnostics };
}

function bareSubject(name: string, declared: boolean): Subject {
  return { name, fragment: null, quadlet: null, declared };
}

function listSubjects(
  { layer, config, credentialsByUnit, aliases, foreign }: NamedInput,
  dropIns: DropIns,
  diagnostics: Diagnostic[],
): readonly Subject[] {
  const subjects = new Map<string, Subject>();
  const fragmentOf = (name: string) =>
    layer.fragments.get(name) ?? layer.fragments.get(parseInstance(name)?.template ?? "") ?? null;
  const add = (subject: Subject) => {
    if (!subjects.has(subject.name)) subjects.set(subject.name, subject);
  };
  for (const [name, fragment] of layer.fragments) add({ name, fragment, quadlet: null, declared: true });
  for (const [name, fragment] of layer.quadlets) {
    add({ name: nameQuadletService(name, fragment), fragment, quadlet: name, declared: true });
  }
  for (const [name, link] of layer.instances) {
    const fragment = fragmentOf(name);
    if (fragment === null) diagnostics.push(missingTemplate(link.path, name));
    add({ name, fragment, quadlet: null, declared: true });
  }
  for (const link of layer.links) {
    const name = aliases.resolve(link.name);
    const fragment = fragmentOf(name);
    add({ name, fragment, quadlet: null, declared: fragment !== null });
  }
  for (const name of listInstancesByRule(config, layer)) {
    add({ name, fragment: fragmentOf(name), quadlet: null, declared: true });
  }
  const extended = [...dropIns.keys()].map((directory) => directory.slice(0, -2));
  for (const extendedName of [...extended, ...credentialsByUnit.keys()]) {
    const name = aliases.resolve(extendedName);
    if (!isUnitName(name) || /-@?\.[a-z]+$/.test(name) || layer.masks.has(name)) continue;
    add({ name, fragment: fragmentOf(name), quadlet: null, declared: false });
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
  const { settings, locations } = mergeSettings(files);
  const rules = resolveUnitRules(input.config, subject.name);
  const { defaults } = input.config;
  return {
    name: subject.name,
    owned: subject.fragment !== null,
    declared: subject.declared,
    pulledIn: false,
    enabled: rules.enabled ?? true,
    wantedBy: [
      ...input.layer.links
        .filter(({ name }) => input.aliases.resolve(name) === subject.name)
        .map(({ puller }) => puller),
      ...(subject.fragment === null ? listForeignPullers(input.foreign, subject.name) : []),
    ],
    template: isTemplateName(subject.name),
    quadlet: subject.quadlet,
    masked: false,
    definition: buildDefinition(subject, settings, input, index),
    locations: dropGeneratedLines(locations, input.credentialFiles),
    origins: files.map(({ path }) => path),
    intent: rules.state ?? "auto",
    onChange: rules.onChange ?? "restart",
    isOnChangeSet: rules.onChange !== undefined,
    health: { ...defaults.health, ...rules.health },
  };
}

function buildDefinition(
  subject: Subject,
  settings: Settings,
  input: NamedInput,
  index: MentionIndex,
): Definition {
  const otherNames = input.aliases.listAliasesOf(subject.name);
  const names = [subject.name, parseInstance(subject.name)?.template, ...otherNames];
  const listNamed = (key: "restarts" | "reloads") =>
    [...input.config.files]
      .filter(([, rules]) => rules[key]?.some((unit) => names.includes(unit)))
      .map(([path]) => path);
  // A file with `reloads:` for the unit has it reloaded (plan/hooks.ts), so that its mention must not restart the unit.
  const reloaded = new Set(listNamed("reloads"));
  const mentions = findMentions(settings, subject.name, index, input.specifiers);
  const paths = [...mentions.filter((path) => !reloaded.has(path)), ...listNamed("restarts")].sort();
  const credentials = [...otherNames, subject.quadlet ?? subject.name].flatMap((name) =>
    selectCredentials(name, input.credentialsByUnit),
  );
  return {
    settings,
    credentials: Object.fromEntries(credentials.map(({ name, digest }) => [name, digest])),
    files: Object.fromEntries(paths.map((path) => [path, input.managedDigests.get(path) ?? "absent"])),
  };
}
