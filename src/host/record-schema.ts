/** The shapes of sync.json, intent.json and history.json, checked when they are read. Must follow the types of core exactly. */
import * as z from "zod";
import { driftKinds } from "../core/drift/kinds.ts";
import type { Attempt, Cause, PhaseName } from "../core/model/attempt.ts";
import type { DriftKind } from "../core/model/drift.ts";
import type { SyncFailure, UnitFailure } from "../core/model/failure.ts";
import type { History, HistoryOutcome } from "../core/model/history.ts";
import type { Intent } from "../core/model/intent.ts";
import type { SyncRecord } from "../core/model/sync-record.ts";
import { syncModes } from "../core/model/sync-request.ts";
import type { EarlierFinding } from "../core/record/findings.ts";
import { revisionSchema as revision } from "./state-schema.ts";

const driftKind = z.custom<DriftKind>((value) => typeof value === "string" && value in driftKinds);

const findingWords = ["failed", "looping", "crashed", "stopped", "owed"] as const;

const historyOutcomes = {
  applied: "applied",
  degraded: "degraded",
  rejected: "rejected",
  stalled: "stalled",
  "rolled-back": "rolled-back",
  "rolling-back": "rolling-back",
  superseded: "superseded",
  corrected: "corrected",
} as const satisfies { [Outcome in HistoryOutcome]: Outcome };

const causes = { asked: "asked", start: "start", push: "push", time: "time" } as const satisfies {
  [Name in Cause]: Name;
};

const phaseNames = {
  fetched: "fetched",
  applying: "applying",
  settling: "settling",
  applied: "applied",
  degraded: "degraded",
  refused: "refused",
  blocked: "blocked",
  waiting: "waiting",
  superseded: "superseded",
  "rolling-back": "rolling-back",
  "rolled-back": "rolled-back",
} as const satisfies { [Name in PhaseName]: Name };

const syncFailure: z.ZodType<SyncFailure> = z.strictObject({
  code: z.string(),
  message: z.string(),
  hint: z.string().nullable(),
  details: z.array(z.string()),
  since: z.string(),
});

const failedUnits: z.ZodType<readonly UnitFailure[]> = z.array(
  z.strictObject({ unit: z.string(), message: z.string(), log: z.array(z.string()) }),
);

const took = z.array(z.strictObject({ phase: z.enum(phaseNames), ms: z.number().min(0) }));

const facts = {
  revision,
  cause: z.enum(causes),
  signedBy: z.string().nullable(),
  beganAt: z.string(),
  phaseAt: z.string(),
  took: took.exactOptional(),
};

const attempt: z.ZodType<Attempt> = z.discriminatedUnion("phase", [
  z.strictObject({
    ...facts,
    phase: z.literal(["fetched", "applying", "settling", "applied", "degraded"]),
  }),
  z.strictObject({ ...facts, phase: z.literal(["refused", "blocked", "rolled-back"]), failure: syncFailure }),
  z.discriminatedUnion("for", [
    z.strictObject({ ...facts, phase: z.literal("waiting"), for: z.literal("person"), failure: syncFailure }),
    z.strictObject({
      ...facts,
      phase: z.literal("waiting"),
      for: z.literal(["suspended", "window", "approval"]),
      until: z.string().nullable(),
      would: z.strictObject({ steps: z.int().min(0), interrupts: z.array(z.string()) }),
    }),
  ]),
  z.strictObject({ ...facts, phase: z.literal("superseded"), by: revision }),
  z.strictObject({
    ...facts,
    phase: z.literal("rolling-back"),
    failure: syncFailure,
    blockedBy: syncFailure.nullable(),
  }),
]);

const unitFacts = {
  lastActions: z.record(
    z.string(),
    z.strictObject({ action: z.string(), because: z.string(), at: z.string() }),
  ),
  drift: z.array(
    z.strictObject({
      key: z.string(),
      kind: driftKind,
      unit: z.string().nullable(),
      path: z.string().nullable(),
      message: z.string(),
      since: z.string(),
      // Absent in files of 0.1.0, which reported each finding at once and corrected none.
      policy: z.enum(["report", "correct", "ignore"]).default("report"),
      state: z.enum(["new", "told", "correcting", "stalled"]).default("told"),
      toldAt: z.string().nullable().default(null),
    }),
  ),
  // Absent in files of 0.1.0.
  vendorDropIns: z.array(z.string()).nullable().default(null),
  // What was wrong with units, in files from before drift had all of it.
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
    .exactOptional(),
  lookFailure: syncFailure.nullable().default(null),
  // Absent in the files of versions that followed the tip alone.
  tip: revision.nullable().default(null),
  // Absent in files of 0.1.0, which corrected nothing.
  corrections: z.record(z.string(), z.array(z.string())).default({}),
};

const record = z.strictObject({
  version: z.literal(2),
  polledAt: z.string().nullable(),
  fetchFailure: syncFailure.nullable(),
  stall: syncFailure.nullable(),
  attempt: attempt.nullable(),
  applied: z.strictObject({ signedBy: z.string().nullable(), failedUnits, warnings: z.array(z.string()) }),
  ...unitFacts,
});

/** sync.json as version 0.1.0 wrote it. */
const earlierRecord = z.strictObject({
  version: z.literal(1),
  polledAt: z.string().nullable(),
  fetchFailure: syncFailure.nullable(),
  stall: syncFailure.nullable().default(null),
  attempted: revision.nullable(),
  attemptedSigner: z.string().nullable(),
  rejection: syncFailure.nullable(),
  returnFailure: syncFailure.nullable(),
  signedBy: z.string().nullable(),
  failedUnits,
  warnings: z.array(z.string()),
  ...unitFacts,
});

/** A record as it was written. One of version 1, and one with findings, must be converted to the present form. */
export type WrittenRecord =
  | (SyncRecord & { readonly findings?: readonly EarlierFinding[] })
  | z.infer<typeof earlierRecord>;

export const syncRecordSchema: z.ZodType<WrittenRecord> = z.discriminatedUnion("version", [
  record,
  earlierRecord,
]);

const wishes = {
  adopt: z.array(z.string().regex(/^\/./)),
  accepted: z
    .strictObject({ commit: z.string(), modes: z.array(z.enum([...syncModes, "approve"])) })
    .nullable(),
};

const decided = { by: z.string(), at: z.string(), because: z.string().nullable() };

const earlierIntent = z.strictObject({ version: z.literal(1), ...wishes });

/** An intent as it was written: one of version 1 has nothing that holds for the whole host. */
export type WrittenIntent = Intent | z.infer<typeof earlierIntent>;

export const intentSchema: z.ZodType<WrittenIntent> = z.discriminatedUnion("version", [
  z.strictObject({
    version: z.literal(2),
    ...wishes,
    suspension: z.strictObject({ ...decided, until: z.string().nullable() }).nullable(),
    pin: z.strictObject({ ...decided, revision, left: z.string(), untilNext: z.boolean() }).nullable(),
  }),
  earlierIntent,
]);

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
      cause: z.enum(causes).exactOptional(),
      beganAt: z.string().exactOptional(),
      took: took.exactOptional(),
    }),
  ),
});
