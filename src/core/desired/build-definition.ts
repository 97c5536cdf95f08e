/** Builds the effective definition of one unit, from its settings, its secrets and the files that it mentions. Pure. */
import type { Definition, DesiredCredential, FileEntry } from "../model/desired.ts";
import type { HostLayout } from "../model/host-layout.ts";
import type { FileRules, RepositoryConfig } from "../model/rules.ts";
import type { SnapshotFile } from "../model/snapshot.ts";
import type { Settings } from "../units/definition.ts";
import type { MentionIndex } from "../units/mention-index.ts";
import { findMentions } from "../units/mentions.ts";
import { parseInstance } from "../units/unit-name.ts";
import type { UnitAliases } from "./aliases.ts";
import type { BuildMemo } from "./build-memo.ts";
import { selectCredentials } from "./credential-drop-in.ts";
import type { ForeignUnit } from "./foreign-enablement.ts";
import { resolveQuadletPaths } from "./quadlet-data.ts";
import { directoryOf, type Quadlets } from "./quadlets.ts";
import type { UnitLayer } from "./unit-layer.ts";

export interface UnitsInput {
  readonly layer: UnitLayer;
  readonly quadlets: Quadlets;
  readonly config: RepositoryConfig;
  readonly layout: Pick<HostLayout, "specifiers" | "quadletDirectory">;
  /** Absolute path of each managed file, and of each file that becomes one when a unit mentions it → digest. */
  readonly managedDigests: ReadonlyMap<string, string>;
  readonly credentialsByUnit: ReadonlyMap<string, readonly DesiredCredential[]>;
  /** The generated drop-ins that deliver credentials. */
  readonly credentialFiles: readonly FileEntry[];
  /** Units that git only enables. */
  readonly foreign: readonly ForeignUnit[];
}

/** A unit to describe: its name, and the file that defines it. */
export interface Subject {
  readonly name: string;
  readonly fragment: SnapshotFile | null;
  readonly quadlet: string | null;
  readonly declared: boolean;
}

export interface NamedInput extends UnitsInput {
  readonly aliases: UnitAliases;
  /** Service → the quadlet that podman makes it of. */
  readonly quadletOf: ReadonlyMap<string, string>;
  /** Unit → the units that pull it in by a link of the repository. */
  readonly pullersOf: ReadonlyMap<string, readonly string[]>;
  /** The rules of managed files that name units. */
  readonly fileRules: readonly (readonly [path: string, rules: FileRules])[];
  /** The paths of `managedDigests`: the same object as long as they are the same paths. */
  readonly managedPaths: readonly string[];
  /** The repository paths from which drop-ins are generated. */
  readonly generated: ReadonlySet<string>;
  readonly memo: BuildMemo;
}

export function buildDefinition(
  subject: Subject,
  settings: Settings,
  input: NamedInput,
  index: MentionIndex,
): Definition {
  const otherNames = input.aliases.listAliasesOf(subject.name);
  const names = [subject.name, parseInstance(subject.name)?.template, ...otherNames];
  const listNamed = (key: "restarts" | "reloads") =>
    input.fileRules
      .filter(([, rules]) => rules[key]?.some((unit) => names.includes(unit)))
      .map(([path]) => path);
  // A file with `reloads:` for the unit has it reloaded (plan/hooks.ts), so that its mention must not restart the unit.
  const reloaded = new Set(listNamed("reloads"));
  const mentions = recallMentions(subject, settings, input, index);
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

/**
 * The managed files that a unit mentions. A pattern of files is compared once for all units that have it: which of them pays for
 * that depends on the others, so that the mentions of such a unit are looked for each time.
 */
function recallMentions(
  subject: Subject,
  settings: Settings,
  input: NamedInput,
  index: MentionIndex,
): readonly string[] {
  const { specifiers } = input.layout;
  const find = () => findMentions(locatePaths(subject, settings, input), subject.name, index, specifiers);
  if (input.memo.derived.of(settings, mayHavePattern)) return find();
  let isNew = false;
  const relative = input.quadlets.get(subject.quadlet ?? "")?.relative;
  const inputs = [settings, relative, input.managedPaths, input.layout];
  const { paths, effort } = input.memo.mentions.recall(subject.name, inputs, () => {
    isNew = true;
    const before = index.effort;
    return { paths: find(), effort: index.effort - before };
  });
  if (!isNew) index.spend(effort);
  return paths;
}

function mayHavePattern(settings: Settings): boolean {
  return Object.values(settings).some((values) => values.some((value) => /[*?[\\%]/.test(value)));
}

/** The settings in which paths are looked for: relative ones of a quadlet are resolved. */
function locatePaths({ quadlet }: Subject, settings: Settings, { quadlets, layout }: UnitsInput): Settings {
  const relative = quadlets.get(quadlet ?? "")?.relative;
  if (relative === undefined) return settings;
  return resolveQuadletPaths(settings, `${layout.quadletDirectory}/${directoryOf(relative)}`);
}
