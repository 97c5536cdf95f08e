/** Goes back from a revision whose units do not work to the last good one. Must not decide whether to go back. */
import type { Attempt, Phase } from "../core/model/attempt.ts";
import type { Revision } from "../core/model/revision.ts";
import type { SyncRecord } from "../core/model/sync-record.ts";
import { enter } from "../core/record/attempt.ts";
import { describeFailure } from "./failure.ts";
import type { Outcome } from "./outcome.ts";
import type { PrepareSettings } from "./prepare.ts";
import { type SyncPorts, syncRevision, unhealthyHint } from "./sync.ts";

export type RollingBack = Attempt & Extract<Phase, { readonly phase: "rolling-back" }>;

/** The attempt that failed, and the revision to go back to. */
export interface WayBack {
  readonly from: RollingBack;
  readonly to: Revision;
}

/**
 * Applies the last good revision again with `syncRevision`. Units that fail now are only reported: there is no other
 * revision to go back to.
 * @returns a failed outcome; its record says whether the host is back
 * @throws any error that is not an AgentError: a bug
 */
export async function rollBack(
  ports: SyncPorts,
  settings: PrepareSettings,
  { from, to }: WayBack,
  record: SyncRecord,
  signal: AbortSignal,
): Promise<Outcome> {
  const { revision, failure, blockedBy } = from;
  const lastGood = `${to.branch}@${to.commit.slice(0, 7)}`;
  const now = () => new Date(ports.clock.now()).toISOString();
  try {
    const request = { revision: to, mayFail: true, recheck: [], onPhase: async () => {} };
    const { failedUnits, warnings } = await syncRevision(ports, settings, request, signal);
    const names = failedUnits.map(({ unit }) => unit);
    ports.events.emit({ type: "revision.rolledBack", from: revision, to, failedUnits: names });
    const told = { ...failure, hint: `the host went back to ${lastGood}; ${unhealthyHint}` };
    const attempt = enter(from, { phase: "rolled-back", failure: told }, now());
    const applied = { ...record.applied, failedUnits, warnings };
    return { kind: "failed", record: { ...record, attempt, applied }, failure: told, transient: false };
  } catch (error) {
    const obstacle = describeFailure(error, blockedBy, now());
    const first = blockedBy?.code !== obstacle.code;
    ports.events.emit({ type: "rollback.failed", from: revision, to, failure: obstacle, first });
    const hint = `the host is not back at ${lastGood} yet; the daemon tries again by itself`;
    const told = { ...failure, hint };
    const attempt = enter(from, { phase: "rolling-back", failure: told, blockedBy: obstacle }, now());
    const details = [...failure.details, `going back to ${lastGood} failed: ${obstacle.message}`];
    return {
      kind: "failed",
      record: { ...record, attempt },
      failure: { ...told, details },
      transient: true,
    };
  }
}
