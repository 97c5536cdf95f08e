/** `gitops-agent approve`: lets the revision that waits for an approval be applied. */
import { AgentError, type ExitCode } from "../../core/model/errors.ts";
import type { Revision } from "../../core/model/revision.ts";
import type { Status } from "../../core/model/status.ts";
import type { AgentFile } from "../agent-file.ts";
import { findInvokingUser } from "../invoking-user.ts";
import { readStatus } from "./status.ts";
import { runSync } from "./sync.ts";

/**
 * @param name the beginning of the commit id; null for the one that waits
 * @throws AgentError `usage` when nothing waits for an approval, or another revision does
 */
export async function runApprove(
  name: string | null,
  options: { readonly config: AgentFile; readonly json: boolean },
): Promise<ExitCode> {
  const waiting = findWaiting(await readStatus(options.config));
  if (waiting === null) {
    throw new AgentError("usage", "no revision waits for an approval", {
      hint: "agent.yaml asks for approvals with confirm: true; gitops-agent status shows what waits",
    });
  }
  const { commit } = waiting;
  if (name !== null && !commit.startsWith(name)) {
    throw new AgentError("usage", `${name} does not wait for an approval`, {
      hint: `the revision that does is ${commit.slice(0, 7)}: look at it with gitops-agent plan`,
    });
  }
  // Only this commit: a newer one may have come since the person looked.
  const decision = { kind: "approve", by: findInvokingUser(process.env), commit } as const;
  return runSync({ ...options, request: { modes: [], adopt: [], decisions: [decision] } });
}

function findWaiting({ sync: { waiting, attempted } }: Status): Revision | null {
  return waiting?.for === "approval" ? attempted : null;
}
