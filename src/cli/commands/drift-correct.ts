/** `gitops-agent drift correct`: has the agent put differences back once, and says what became of each. */
import { driftKinds } from "../../core/drift/kinds.ts";
import { exitCodeOfDrift, selectDrift } from "../../core/drift/selection.ts";
import type { DriftRecord } from "../../core/model/drift.ts";
import { AgentError, ExitCode } from "../../core/model/errors.ts";
import type { AgentFile } from "../agent-file.ts";
import { readDriftStatus, requireKnownNames } from "../drift-list.ts";
import { readScreen, writeError, writeJson, writeText } from "../output.ts";
import { type Correction, renderCorrections } from "../render/drift-correct.ts";
import { renderFailure } from "../render/sync.ts";
import { requestSync } from "./sync.ts";

export async function runDriftCorrect(
  names: readonly string[],
  options: { readonly config: AgentFile; readonly json: boolean; readonly all: boolean },
): Promise<ExitCode> {
  if (options.all === names.length > 0) {
    throw new AgentError("usage", "name what to put back, or say --all", {
      hint: "gitops-agent drift lists what differs; name its unit or its path",
    });
  }
  const before = await readDriftStatus(options.config);
  requireKnownNames(names, before);
  const wanted = selectDrift(before.drift, names);
  const request = { modes: [], adopt: [], correct: options.all ? ("all" as const) : names };
  const outcome = await requestSync({ ...options, request });
  const after = await readDriftStatus(options.config);
  const remaining = selectDrift(after.drift, names);
  const corrections = wanted.map((drift) => judge(drift, remaining));
  const failure = outcome.outcome === "failed" ? outcome.failure : null;
  if (options.json) writeJson({ version: 1, corrections, remaining, failure });
  else {
    writeText(renderCorrections(corrections, { ...readScreen(), failed: failure !== null }));
    if (failure !== null) writeError(renderFailure(failure, readScreen()));
  }
  return failure === null ? exitCodeOfDrift(remaining) : ExitCode.failed;
}

function judge(drift: DriftRecord, remaining: readonly DriftRecord[]): Correction {
  const left = remaining.find(({ key }) => key === drift.key);
  if (left === undefined || left.state === "correcting") return { drift, result: "corrected" };
  if (driftKinds[drift.kind].corrected === null) return { drift, result: "refused" };
  return { drift, result: left.state === "stalled" ? "stalled" : "remains" };
}
