/** The part of gitops.yaml's schema that says what is done about drift: one word, or a map by kind. */

import * as z from "zod";
import { driftKinds } from "../core/drift/kinds.ts";
import type { DriftKind, DriftPolicy } from "../core/model/drift.ts";
import { checkPathPattern } from "./names.ts";
import { listOf, section, text } from "./schema-parts.ts";

/** A limit, because each pattern is tried on every difference. */
const maxPatterns = 100;

const policies = { report: "report", correct: "correct", ignore: "ignore" } as const satisfies {
  [Policy in DriftPolicy]: Policy;
};
const policy = z.enum(policies);

const kinds = Object.fromEntries(
  Object.entries(driftKinds).map(([kind, { means }]) => [
    kind,
    policy.optional().meta({ description: means }),
  ]),
) as Record<DriftKind, z.ZodOptional<typeof policy>>;

export const drift = z
  .union(
    [
      policy,
      section("a map of kinds", {
        ...kinds,
        default: policy.optional().meta({ description: "For every kind that is not listed." }),
        ignore: listOf("a list of paths", text("a path", checkPathPattern, "^/"))
          .max(maxPatterns, `at most ${maxPatterns} paths are possible here`)
          .optional()
          .meta({
            description: "Absolute paths or patterns (/etc/app/*) that may differ, whatever the kind.",
          }),
      }),
    ],
    "report, correct, ignore, or a map of kinds",
  )
  .meta({
    description:
      "What to do about drift: report it, put back what git has (correct), or ignore it. One word, or a map by kind.",
  });

export type DriftInput = z.output<typeof drift>;
