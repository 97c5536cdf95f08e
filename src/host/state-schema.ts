/** The shape of the state files, checked when they are read. Must follow the types of core exactly. */
import * as z from "zod";
import type { ActionLog, UnfinishedUnit } from "../core/model/actions.ts";
import { emptyActionLog } from "../core/model/actions.ts";
import type { Definition, EntryRole } from "../core/model/desired.ts";
import type { DriftKind } from "../core/model/drift.ts";
import type { FindingWord } from "../core/model/finding.ts";
import type { History, HistoryOutcome } from "../core/model/history.ts";
import type { AppliedFile, AppliedUnit, Inventory } from "../core/model/inventory.ts";
import type { Original } from "../core/model/original.ts";
import type { Revision } from "../core/model/revision.ts";
import type { SyncFailure, SyncRecord } from "../core/model/sync-record.ts";

// Objects instead of lists, so that the compiler misses a word that core has and this file has not.
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

const driftKinds = {
  modified: "modified",
  missing: "missing",
  mode: "mode",
  "foreign-drop-in": "foreign-drop-in",
} as const satisfies { [Kind in DriftKind]: Kind };

const findingWords = {
  failed: "failed",
  looping: "looping",
  crashed: "crashed",
  stopped: "stopped",
  owed: "owed",
} as const satisfies { [Word in FindingWord]: Word };

const historyOutcomes = {
  applied: "applied",
  degraded: "degraded",
  rejected: "rejected",
  stalled: "stalled",
  "rolled-back": "rolled-back",
  "rolling-back": "rolling-back",
} as const satisfies { [Outcome in HistoryOutcome]: Outcome };

const revision: z.ZodType<Revision> = z.strictObject({
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

const appliedFile: z.ZodType<AppliedFile> = z.strictObject({
  role: z.enum(entryRoles),
  unit: z.string().nullable(),
  origin: z.string(),
  kind: z.enum(["file", "link"]),
  content: z.string(),
  mode: z.int().min(0).max(0o7777),
  owner: z.string().exactOptional(),
  group: z.string().exactOptional(),
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

export const inventorySchema: z.ZodType<Inventory> = z.strictObject({
  version: z.literal(1),
  // Not there in the files of earlier versions.
  host: z.string().nullable().default(null),
  revision: revision.nullable(),
  appliedAt: z.string().nullable(),
  loadedAtUs: z.int().min(0),
  reloadOwed: z.boolean(),
  applying: revision.nullable(),
  settling: z.array(z.string()),
  runningBefore: z.array(z.string()).default([]),
  leaving: z.array(z.string()).default([]),
  retired: z.array(z.string()).default([]),
  // Absent in the state of earlier versions.
  actions: actionLog.default(emptyActionLog),
  unfinished: z.array(unfinishedUnit).default([]),
  originals: z.record(absolutePath, original).default({}),
  takenOver: z.record(z.string(), z.string()).default({}),
  removedTimers: z.array(z.string()).default([]),
  adoptable: z.array(absolutePath),
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
    }),
  ),
  credentialsFrom: revision.nullable(),
});

const syncFailure: z.ZodType<SyncFailure> = z.strictObject({
  code: z.string(),
  message: z.string(),
  hint: z.string().nullable(),
  details: z.array(z.string()),
  since: z.string(),
});

export const syncRecordSchema: z.ZodType<SyncRecord> = z.strictObject({
  version: z.literal(1),
  polledAt: z.string().nullable(),
  fetchFailure: syncFailure.nullable(),
  // Not there in the files of earlier versions.
  stall: syncFailure.nullable().default(null),
  attempted: revision.nullable(),
  attemptedSigner: z.string().nullable(),
  rejection: syncFailure.nullable(),
  returnFailure: syncFailure.nullable(),
  signedBy: z.string().nullable(),
  failedUnits: z.array(z.strictObject({ unit: z.string(), message: z.string(), log: z.array(z.string()) })),
  warnings: z.array(z.string()),
  lastActions: z.record(
    z.string(),
    z.strictObject({ action: z.string(), because: z.string(), at: z.string() }),
  ),
  drift: z.array(
    z.strictObject({
      key: z.string(),
      kind: z.enum(driftKinds),
      unit: z.string().nullable(),
      path: z.string(),
      message: z.string(),
      since: z.string(),
    }),
  ),
  // The first version did not look at units by itself.
  findings: z
    .array(
      z.strictObject({
        unit: z.string(),
        word: z.enum(findingWords),
        message: z.string(),
        degrades: z.boolean(),
        since: z.string(),
      }),
    )
    .default([]),
  lookFailure: syncFailure.nullable().default(null),
});

export const historySchema: z.ZodType<History> = z.strictObject({
  version: z.literal(1),
  entries: z.array(
    z.strictObject({
      at: z.string(),
      outcome: z.enum(historyOutcomes),
      revision,
      signedBy: z.string().nullable(),
      applied: revision.nullable(),
      failure: z.strictObject({ code: z.string(), message: z.string() }).nullable(),
      actions: z.array(z.strictObject({ unit: z.string(), action: z.string(), because: z.string() })),
      actionCount: z.int().min(0),
      nextAction: z.int().min(0).exactOptional(),
    }),
  ),
});
