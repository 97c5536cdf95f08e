/** The shape of inventory.json, checked when it is read. Must follow the types of core exactly. */
import * as z from "zod";
import { driftKinds } from "../core/drift/kinds.ts";
import type { ActionLog, UnfinishedUnit } from "../core/model/actions.ts";
import { emptyActionLog } from "../core/model/actions.ts";
import type { Definition, EntryRole } from "../core/model/desired.ts";
import type { DriftKind, DriftPolicy } from "../core/model/drift.ts";
import type { Hook } from "../core/model/hook.ts";
import type { AppliedFile, AppliedUnit, Inventory } from "../core/model/inventory.ts";
import type { Original } from "../core/model/original.ts";
import type { Revision } from "../core/model/revision.ts";
import { type DriftRules, type DriftTable, reportEverything } from "../core/model/rules.ts";

// Objects instead of lists, so that the compiler reports a word that core has and this file does not have.
const entryRoles = {
  fragment: "fragment",
  "drop-in": "drop-in",
  instance: "instance",
  alias: "alias",
  mask: "mask",
  enablement: "enablement",
  credentials: "credentials",
  quadlet: "quadlet",
  file: "file",
} as const satisfies { [Role in EntryRole]: Role };

export const revisionSchema: z.ZodType<Revision> = z.strictObject({
  branch: z.string(),
  commit: z.string().regex(/^[0-9a-f]{40}([0-9a-f]{24})?$/),
  subject: z.string(),
  author: z.string(),
  committedAt: z.string(),
});

const definition: z.ZodType<Definition> = z.strictObject({
  settings: z.record(z.string(), z.array(z.string())),
  credentials: z.record(z.string(), z.string()),
  files: z.record(z.string(), z.string()),
});

const absolutePath = z.string().regex(/^\/./);

const hook: z.ZodType<Hook> = z.discriminatedUnion("verb", [
  z.strictObject({ verb: z.literal("run"), command: z.array(z.string()).min(1) }),
  z.strictObject({ verb: z.enum(["reload", "restart"]), unit: z.string() }),
]);

const appliedFile: z.ZodType<AppliedFile> = z.strictObject({
  role: z.enum(entryRoles),
  unit: z.string().nullable(),
  origin: z.string(),
  kind: z.enum(["file", "link"]),
  content: z.string(),
  mode: z.int().min(0).max(0o7777),
  owner: z.string().exactOptional(),
  group: z.string().exactOptional(),
  hooks: z.array(hook).exactOptional(),
  foundLink: z.string().exactOptional(),
});

const original: z.ZodType<Original> = z.discriminatedUnion("kind", [
  z.strictObject({ kind: z.literal("as-applied") }),
  z.strictObject({ kind: z.literal("absent"), managed: z.boolean() }),
  z.strictObject({ kind: z.literal("link"), managed: z.boolean(), linkTarget: z.string() }),
  z.strictObject({
    kind: z.literal("file"),
    managed: z.boolean(),
    digest: z.string(),
    mode: z.int().min(0).max(0o7777),
    owner: z.string(),
    group: z.string(),
    copy: absolutePath,
  }),
]);

const appliedUnit: z.ZodType<AppliedUnit> = z.strictObject({
  owned: z.boolean(),
  declared: z.boolean(),
  masked: z.boolean(),
  definition,
  startedWith: z.union([z.enum(["same", "never", "edited"]), definition]),
  invocationId: z.string().nullable(),
  pending: z.string().nullable(),
  expected: z.boolean(),
  stopped: z.literal(true).exactOptional(),
});

const driftPolicy = z.enum({ report: "report", correct: "correct", ignore: "ignore" } as const satisfies {
  [Policy in DriftPolicy]: Policy;
});

const driftRules: z.ZodType<DriftRules> = z.strictObject({
  default: driftPolicy,
  kinds: z.partialRecord(z.enum(Object.keys(driftKinds) as DriftKind[]), driftPolicy),
  ignore: z.array(z.string()),
});

const driftTable: z.ZodType<DriftTable> = z.strictObject({
  defaults: driftRules,
  units: z.record(z.string(), driftRules),
  files: z.record(absolutePath, driftRules),
});

const unitVerbs = { start: "start", stop: "stop", restart: "restart", reload: "reload" } as const;

const actionLog: z.ZodType<ActionLog> = z.strictObject({
  first: z.int().min(0),
  asked: z.array(
    z.strictObject({
      unit: z.string(),
      verb: z.enum(unitVerbs),
      because: z.string(),
      startedAtUs: z.int().min(0),
    }),
  ),
  done: z.array(
    z.strictObject({ unit: z.string(), action: z.string(), because: z.string(), at: z.string() }),
  ),
});

const unfinishedUnit: z.ZodType<UnfinishedUnit> = z.strictObject({
  unit: z.string(),
  startedAtUs: z.int().min(0),
  isQueued: z.boolean(),
  health: z.strictObject({
    settleMs: z.number().min(0),
    timeoutMs: z.number().min(0),
    check: z.array(z.string()).exactOptional(),
  }),
});

/** An inventory as it was written. In earlier versions it also held what people had allowed to adopt. */
export type WrittenInventory = Inventory & { readonly adoptable?: readonly string[] };

export const inventorySchema: z.ZodType<WrittenInventory> = z.strictObject({
  version: z.literal(1),
  // Absent in the files of earlier versions.
  host: z.string().nullable().default(null),
  revision: revisionSchema.nullable(),
  appliedAt: z.string().nullable(),
  loadedAtUs: z.int().min(0),
  reloadOwed: z.boolean(),
  applying: revisionSchema.nullable(),
  settling: z.array(z.string()),
  runningBefore: z.array(z.string()).default([]),
  leaving: z.array(z.string()).default([]),
  retired: z.array(z.string()).default([]),
  // Absent in the state of earlier versions.
  owedHooks: z.array(z.strictObject({ hook, because: z.string() })).default([]),
  actions: actionLog.default(emptyActionLog),
  unfinished: z.array(unfinishedUnit).default([]),
  originals: z.record(absolutePath, original).default({}),
  takenOver: z.record(z.string(), z.string()).default({}),
  removedTimers: z.array(z.string()).default([]),
  // Only in files of earlier versions, which had no intent.json.
  adoptable: z.array(absolutePath).exactOptional(),
  files: z.record(absolutePath, appliedFile),
  units: z.record(z.string(), appliedUnit),
  generation: z.string().nullable(),
  credentials: z.array(
    z.strictObject({
      unit: z.string(),
      name: z.string(),
      origin: z.string(),
      digest: z.string(),
      cacheKey: z.string(),
      delivery: z.enum(["credential", "environment"]),
      committedAt: z.string().exactOptional(),
    }),
  ),
  credentialsFrom: revisionSchema.nullable(),
  // Absent in the files of 0.1.0, which only reported drift.
  driftRules: driftTable.default(reportEverything),
});
