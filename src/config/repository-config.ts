/** gitops.yaml → RepositoryConfig, with every default filled in. Reads nothing; the rules are in repository-schema.ts. */

import type { z } from "zod";
import type {
  DriftSetting,
  FileRules,
  HealthRules,
  HostEntry,
  RepositoryConfig,
  UnitRules,
} from "../core/model/rules.ts";
import type { ValidationPort } from "../core/ports/validation.ts";
import { parseDurationMs } from "../lib/duration.ts";
import { parseDocument } from "./document.ts";
import type { DriftInput } from "./drift-schema.ts";
import { healthDefaults } from "./health-schema.ts";
import { driftDefault, layoutDefaults, repositorySchema } from "./repository-schema.ts";
import { dropAbsent } from "./schema-parts.ts";

type Input = z.output<typeof repositorySchema>;
type UnitInput = NonNullable<NonNullable<Input["units"]>[string]>;
type FileInput = NonNullable<NonNullable<Input["files"]>[string]>;

export const parseRepositoryConfig: ValidationPort["parseRepositoryConfig"] = (text, file) => {
  const { value, diagnostics } = parseDocument(text, file, repositorySchema);
  return { config: value === null ? null : toConfig(value), diagnostics };
};

function toConfig(input: Input): RepositoryConfig {
  return {
    layout: {
      units: input.layout?.units ?? layoutDefaults.units,
      files: input.layout?.files ?? layoutDefaults.files,
      secrets: input.layout?.secrets ?? layoutDefaults.secrets,
    },
    admins: input.admins ?? [],
    hosts: mapValues(
      input.hosts,
      (host): HostEntry => ({
        roles: [],
        ...dropAbsent({ roles: host?.roles, directory: host?.directory, recipient: host?.recipient }),
      }),
    ),
    defaults: {
      drift: toDrift(input.defaults?.drift ?? driftDefault),
      health: {
        settleMs: toMs(input.defaults?.health?.settle ?? healthDefaults.settle),
        timeoutMs: toMs(input.defaults?.health?.timeout ?? healthDefaults.timeout),
      },
    },
    units: mapValues(input.units, (unit) => toUnitRules(unit ?? {})),
    files: mapValues(input.files, (entry) => toFileRules(entry ?? {})),
  };
}

function toUnitRules(input: UnitInput): UnitRules {
  return dropAbsent({
    state: input.state,
    enabled: input.enabled,
    onChange: input["on-change"],
    drift: input.drift === undefined ? undefined : toDrift(input.drift),
    health: input.health ? toHealth(input.health) : undefined,
    instances: input.instances,
    adopt: input.adopt,
  });
}

function toDrift(input: DriftInput): DriftSetting {
  if (typeof input === "string") return input;
  const { default: general, ignore, ...kinds } = input;
  return dropAbsent({ default: general, ignore, kinds: dropAbsent(kinds) });
}

function toHealth(input: NonNullable<UnitInput["health"]>): Partial<HealthRules> {
  return dropAbsent({
    settleMs: input.settle === undefined ? undefined : toMs(input.settle),
    timeoutMs: input.timeout === undefined ? undefined : toMs(input.timeout),
    check: input.check,
  });
}

function toFileRules(input: FileInput): FileRules {
  return dropAbsent({
    mode: input.mode === undefined ? undefined : Number.parseInt(input.mode, 8),
    owner: input.owner,
    group: input.group,
    restarts: input.restarts,
    reloads: input.reloads,
    run: input.run === undefined ? undefined : toCommands(input.run),
    drift: input.drift === undefined ? undefined : toDrift(input.drift),
    adopt: input.adopt,
  });
}

/** One command may be written without the list around it. */
function toCommands(input: NonNullable<FileInput["run"]>): readonly (readonly string[])[] {
  return typeof input[0] === "string" ? [input.flat()] : input.map((command) => [command].flat());
}

function mapValues<Value, Result>(
  record: Readonly<Record<string, Value>> | null | undefined,
  convert: (value: Value) => Result,
): ReadonlyMap<string, Result> {
  return new Map(Object.entries(record ?? {}).map(([key, value]) => [key, convert(value)]));
}

/** For text that the schema has accepted as a time span. */
function toMs(span: string): number {
  return parseDurationMs(span) ?? 0;
}
