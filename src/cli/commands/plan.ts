/** `gitops-agent plan`: shows the plan that a sync would carry out, without carrying it out. */
import { preparePlan, settingsFor } from "../../agent/prepare.ts";
import { checkTrust } from "../../agent/trust.ts";
import { listUnmentioned } from "../../core/desired/unmentioned.ts";
import { chooseRevision, isPinned } from "../../core/gate/gate.ts";
import { ExitCode } from "../../core/model/errors.ts";
import type { Plan } from "../../core/model/plan.ts";
import { isEmptyPlan } from "../../core/plan/make-plan.ts";
import type { AgentFile } from "../agent-file.ts";
import { compose, loadAgentConfig } from "../compose.ts";
import { readScreen, writeJson, writeText } from "../output.ts";
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
    const inventory = await ports.state.loadInventory();
    const intent = await ports.state.loadIntent();
    const tip = await ports.source.fetch(signal);
    const revision = chooseRevision(intent, tip) ?? tip;
    await checkTrust(
      ports.source,
      { applied: inventory.revision, tip: revision, acceptRewrite: isPinned(intent, revision) },
      signal,
    );
    const decided = settingsFor(settings, intent, revision);
    const { plan, warnings, desired } = await preparePlan(ports, decided, revision, inventory, signal);
    const unmentioned = listUnmentioned(desired.files, desired.units.values());
    if (options.json) writeJson(describePlan(plan, warnings, unmentioned));
    else writeText(renderPlan(plan, warnings, { ...readScreen(), explain: options.explain, unmentioned }));
    return exitCodeOfPlan(plan);
  } finally {
    composition.close();
  }
}

function exitCodeOfPlan(plan: Plan): ExitCode {
  if (plan.refusals.length > 0) return ExitCode.failed;
  return isEmptyPlan(plan) ? ExitCode.inSync : ExitCode.differences;
}
