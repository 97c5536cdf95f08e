/**
 * The schema of gitops.yaml: the one definition behind validation, the JSON Schema for editors and the defaults.
 * Accepts input as written; repository-config.ts makes the typed configuration of it.
 */

import * as z from "zod";
import { isPattern } from "../core/desired/layout-paths.ts";
import type { DriftPolicy } from "../core/model/drift.ts";
import { systemOwner } from "../core/model/system-layout.ts";
import { hasWildcard } from "../core/units/glob.ts";
import { isTemplateName } from "../core/units/unit-name.ts";
import { drift } from "./drift-schema.ts";
import { quote } from "./finding.ts";
import { defaultHealth, health } from "./health-schema.ts";
import { findBadCommands, run } from "./hook-schema.ts";
import {
  checkAccountName,
  checkDirectoryName,
  checkInstance,
  checkLayoutDirectory,
  checkMode,
  checkPathPattern,
  checkRecipient,
  checkRepositoryPath,
  checkUnitName,
  checkUnitPattern,
} from "./names.ts";
import {
  type FieldProblem,
  flag,
  isRecord,
  listOf,
  mapOf,
  section,
  text,
  withRules,
} from "./schema-parts.ts";

export const layoutDefaults = { units: ["units"], files: ["files"], secrets: ["secrets"] } as const;
export const driftDefault: DriftPolicy = "report";

const maxDirectories = 16;
const maxRoles = 64;
/** A limit, because each pattern is tried on every unit. */
const maxPatterns = 200;

const listDirectories = (what: string, check: Parameters<typeof text>[1]) =>
  listOf("a list of directories", text(what, check)).max(
    maxDirectories,
    `at most ${maxDirectories} directories are possible here`,
  );
const patterns = listDirectories("a directory of the repository, or a pattern", checkLayoutDirectory);
const directories = listDirectories("a directory of the repository", checkRepositoryPath);

const layout = withRules(
  section("a map with units, files and secrets", {
    units: patterns.nullish().meta({
      description:
        "Directories with systemd units, drop-ins and quadlets: a name, a pattern (services/*), everything below one (systemd/**), or . for the top of the repository.",
      default: layoutDefaults.units,
    }),
    files: patterns.nullish().meta({
      description:
        "Directories with files to place on the host, at the path below the directory. Units and quadlets may be among them, at their places in /etc.",
      default: layoutDefaults.files,
    }),
    secrets: directories.nullish().meta({
      description: "Directories with age-encrypted secrets: <unit>/<name>.age.",
      default: layoutDefaults.secrets,
    }),
  }),
  findOverlaps,
);

const recipient = text("a public key: age1… or ssh-ed25519 …", checkRecipient, "^(age1|ssh-ed25519 )");
const directoryName = text("a name", checkDirectoryName, "^[A-Za-z0-9][A-Za-z0-9._@-]*$");

const host = section("a map with roles, directory and recipient", {
  roles: listOf("a list of role names", directoryName)
    .max(maxRoles, `a host has at most ${maxRoles} roles`)
    .nullish()
    .meta({
      description: "Roles of the host, in layer order: a later one replaces files of an earlier one.",
    }),
  directory: text("a directory of the repository", checkRepositoryPath)
    .optional()
    .meta({ description: "The directory of the host's own files, instead of hosts/<name>." }),
  recipient: recipient
    .optional()
    .meta({ description: "Public key of the host: secrets are encrypted to it." }),
});

const unit = section("a map of rules for the unit", {
  state: z.enum(["auto", "running", "stopped"]).optional().meta({
    description:
      "Whether it shall run: as its [Install] section and its dependencies say (auto), always, or never.",
    default: "auto",
  }),
  enabled: flag().optional().meta({
    description:
      "Whether its [Install] section has an effect. With false nothing enables it, and only other units start it. With true, a unit of the distribution is enabled, too.",
    default: true,
  }),
  "on-change": z.enum(["restart", "reload", "none"]).optional().meta({
    description:
      "What a change that needs a restart does: restart, reload instead, or only report it as pending.",
    default: "restart",
  }),
  drift: drift.optional(),
  health: health.nullish().meta({ description: "When the unit counts as healthy after a change." }),
  instances: listOf("a list of instance names", text("an instance name", checkInstance)).nullish().meta({
    description: "Instances of a template (x@.service) to enable, named as systemd-escape writes them.",
  }),
  adopt: flag().optional().meta({
    description: "Take over the unit's files that already stand on the host, after a backup.",
    default: false,
  }),
});

const file = withRules(
  section("a map with mode, owner, group, restarts, reloads, run, drift and adopt", {
    mode: text("a file mode in quotes", checkMode, "^[0-7]{3,4}$")
      .optional()
      .meta({ description: "Permission bits in quotes; without it 0644, or 0755 for an executable file." }),
    owner: text("a user name", checkAccountName)
      .optional()
      .meta({ description: "Owner.", default: systemOwner }),
    group: text("a group name", checkAccountName)
      .optional()
      .meta({ description: "Group.", default: systemOwner }),
    drift: drift.optional(),
    restarts: listOf("a list of unit names", text("a unit name", checkUnitName))
      .nullish()
      .meta({ description: "Units to restart when the file changes, besides those that mention its path." }),
    reloads: listOf("a list of unit names", text("a unit name", checkUnitName)).nullish().meta({
      description: "Units to reload when the file changes, if they run; a mention does not restart them.",
    }),
    run: run.optional(),
    adopt: flag()
      .optional()
      .meta({ description: "Take over what already stands at the path, after a backup.", default: false }),
  }),
  ({ run: commands }) => findBadCommands(commands),
);

const unitPattern = text("a unit name", checkUnitPattern);

export const repositorySchema = section("a map of keys", {
  layout: layout
    .nullish()
    .meta({ description: "Where the repository keeps what; for one that is laid out otherwise." }),
  admins: listOf("a list of public keys", recipient)
    .nullish()
    .meta({ description: "Public keys of the people who can decrypt every secret." }),
  hosts: mapOf("a map of hosts", directoryName, host.nullable()).nullish().meta({
    description: "Hosts by name: their roles and the public keys that their secrets are encrypted to.",
  }),
  defaults: section("a map with drift and health", {
    drift: drift.optional().meta({ default: driftDefault }),
    health: defaultHealth.nullish().meta({ description: "When a unit counts as healthy after a change." }),
  })
    .nullish()
    .meta({ description: "Rules for every unit that has none of its own." }),
  units: withRules(mapOf("a map of units", unitPattern, unit.nullable()), (value) => [
    ...findStrayInstances(value),
    ...findTooManyPatterns(value),
  ])
    .nullish()
    .meta({
      description: "Rules for units, by name or pattern (web-*.service); the more specific key wins.",
    }),
  files: withRules(
    mapOf("a map of files", text("a path", checkPathPattern, "^/"), file.nullable()),
    (value) => findTooManyPatterns(value),
  )
    .nullish()
    .meta({
      description:
        "Mode, owner and dependents of managed files, by absolute path on the host or by pattern (/etc/app/*); the more specific key wins.",
    }),
}).meta({ title: "gitops.yaml", description: "Configuration of a repository that gitops-agent follows." });

/**
 * Finds plain directories that overlap. Without overlaps, every file of the repository has exactly one meaning. For patterns
 * the order of core/desired/layers.ts decides.
 */
function findOverlaps(value: Readonly<Record<string, unknown>>): readonly FieldProblem[] {
  const seen: string[] = [];
  const problems: FieldProblem[] = [];
  for (const [key, fallback] of Object.entries(layoutDefaults)) {
    const paths: unknown = value[key] ?? fallback;
    for (const [index, path] of (Array.isArray(paths) ? paths : []).slice(0, maxDirectories).entries()) {
      if (typeof path !== "string" || isPattern(path)) continue;
      const other = seen.find(
        (known) => `${path}/`.startsWith(`${known}/`) || `${known}/`.startsWith(`${path}/`),
      );
      seen.push(path);
      if (other === undefined) continue;
      const message =
        other === path ? `${quote(path)} is listed twice` : `${quote(path)} and ${quote(other)} overlap`;
      problems.push({ path: [key, String(index)], message, hint: "give each directory one meaning" });
    }
  }
  return problems;
}

function findStrayInstances(value: Readonly<Record<string, unknown>>): readonly FieldProblem[] {
  return Object.entries(value)
    .filter(([key, rules]) => isRecord(rules) && Array.isArray(rules["instances"]) && !isTemplateName(key))
    .map(([key]) => ({
      path: [key, "instances"],
      message: "only a template has instances",
      hint: "name the template: x@.service",
    }));
}

function findTooManyPatterns(value: Readonly<Record<string, unknown>>): readonly FieldProblem[] {
  const excess = Object.keys(value).filter(hasWildcard)[maxPatterns];
  return excess === undefined
    ? []
    : [
        {
          path: [excess],
          message: `at most ${maxPatterns} patterns are possible here`,
          hint: "write names in full",
        },
      ];
}
