/** What a forge is told about a commit: how far this host is with it, in one line. Pure. */
import { describeWait } from "../gate/describe.ts";
import type { PhaseName } from "../model/attempt.ts";
import type { Status } from "../model/status.ts";

/** `error`: nothing is wrong with the commit as far as is known; this host could not try it, or did not to the end. */
export interface CommitState {
  readonly commit: string;
  readonly state: "pending" | "success" | "failure" | "error";
  /** May be long: each forge has a limit of its own. */
  readonly description: string;
}

/** The state of the commit that was attempted last; null when none was. */
export function judgeCommit({ sync }: Status): CommitState | null {
  const { attempt = null, attempted } = sync;
  if (attempt === null || attempted === null) return null;
  return { commit: attempted.commit, ...judges[attempt.phase](sync) };
}

/** Whether the phase of the attempt ends without a push or a person. */
export function isUnderWay({ sync: { attempt = null } }: Status): boolean {
  return attempt !== null && ["fetched", "applying", "settling", "rolling-back"].includes(attempt.phase);
}

type Judge = (sync: Status["sync"]) => Omit<CommitState, "commit">;

const reasonOf = ({ rejection }: Status["sync"]) => rejection?.message ?? "see gitops-agent status";

const judges: Readonly<Record<PhaseName, Judge>> = {
  fetched: () => ({ state: "pending", description: "is being checked" }),
  applying: () => ({ state: "pending", description: "is being applied" }),
  settling: () => ({ state: "pending", description: "is applied; its units are watched" }),
  waiting: (sync) => ({
    state: "pending",
    description: sync.waiting ? describeWait(sync.waiting) : `waits for a person: ${reasonOf(sync)}`,
  }),
  applied: () => ({ state: "success", description: "is applied, and its units work" }),
  degraded: ({ failedUnits }) => ({
    state: "failure",
    description: `is applied, and these units do not work: ${failedUnits.map(({ unit }) => unit).join(", ")}`,
  }),
  refused: (sync) => ({ state: "failure", description: `was refused: ${reasonOf(sync)}` }),
  blocked: (sync) => ({ state: "error", description: `cannot be applied now: ${reasonOf(sync)}` }),
  superseded: () => ({ state: "error", description: "a newer commit came before its units were proved" }),
  "rolling-back": (sync) => ({ state: "failure", description: `is being undone: ${reasonOf(sync)}` }),
  "rolled-back": (sync) => ({ state: "failure", description: `was undone: ${reasonOf(sync)}` }),
};
