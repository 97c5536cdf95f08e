/** Attempts in a given phase, for tests that vary one thing about them. */
import type { Attempt, Phase } from "../../../src/core/model/attempt.ts";
import type { Revision } from "../../../src/core/model/revision.ts";

const at = "2026-01-01T00:00:00.000Z";

export function attemptOf(
  revision: Revision,
  phase: Phase = { phase: "applied" },
  signedBy: string | null = null,
): Attempt {
  return { revision, cause: "time", signedBy, beganAt: at, phaseAt: at, ...phase };
}
