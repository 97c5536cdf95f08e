/** `gitops-agent plan`: shows the plan that a sync would carry out, without carrying it out. */
import { chooseNext, prepareNext } from "../../agent/prepare-next.ts";
import { listUnmentioned } from "../../core/desired/unmentioned.ts";
import { ExitCode } from "../../core/model/errors.ts";
import type { Plan } from "../../core/model/plan.ts";
import { isEmptyPlan } from "../../core/plan/make-plan.ts";
import type { AgentFile } from "../agent-file.ts";
import { compose, loadAgentConfig } from "../compose.ts";
import { readScreen, writeJson, writeText } from "../output.ts";
import { renderWaitOfPlan } from "../render/held.ts";
import { renderPlan } from "../render/plan.ts";
import { describePlan } from "../render/plan-json.ts";

export async function runPlan(options: {
  readonly config: AgentFile;
  readonly json: boolean;
  readonly explain: boolean;
}): Promise<ExitCode> {
  const composition = compose(await loadAgentConfig(options.config), []);
  const { ports, settings } = composition;
  const { signal } = new AbortController();
  try {
    const next = await chooseNext(ports, signal);
    const { plan, warnings, desired, wait } = await prepareNext(ports, settings, next, signal);
    const unmentioned = listUnmentioned(desired.files, desired.units.values());
    if (options.json) writeJson({ ...describePlan(plan, warnings, unmentioned), waits: wait });
    else {
      const screen = readScreen();
      const text = renderPlan(plan, warnings, { ...screen, explain: options.explain, unmentioned });
      writeText(`${text}${renderWaitOfPlan(plan, wait, { ...screen, now: ports.clock.now() })}`);
    }
    return exitCodeOfPlan(plan);
  } finally {
    composition.close();
  }
}

function exitCodeOfPlan(plan: Plan): ExitCode {
  if (plan.refusals.length > 0) return ExitCode.failed;
  return isEmptyPlan(plan) ? ExitCode.inSync : ExitCode.differences;
}
