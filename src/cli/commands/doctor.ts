/** `gitops-agent doctor`: checks every precondition, and says what to do about those that do not hold. */
import { type Checkup, problem, unknown } from "../../core/health/checkup.ts";
import { AgentError, ExitCode } from "../../core/model/errors.ts";
import type { AgentFile } from "../agent-file.ts";
import { compose, loadAgentConfig } from "../compose.ts";
import { listConfiguredChecks } from "../compose-doctor.ts";
import { listHostChecks } from "../compose-doctor-host.ts";
import { readScreen, writeJson, writeText } from "../output.ts";
import { renderCheckups } from "../render/doctor.ts";

/** Checks all, also when some cannot be made. The exit code is 3 with a problem, else 0. */
export async function runDoctor({
  config,
  json,
}: {
  readonly config: AgentFile;
  readonly json: boolean;
}): Promise<ExitCode> {
  const checkups = [...(await runChecks(listHostChecks(config.scope))), ...(await checkConfigured(config))];
  if (json) writeJson({ version: 1, checks: checkups });
  else writeText(renderCheckups(checkups, readScreen()));
  return checkups.some(({ result }) => result === "problem") ? ExitCode.failed : ExitCode.inSync;
}

async function checkConfigured(file: AgentFile): Promise<readonly Checkup[]> {
  let composition: ReturnType<typeof compose>;
  try {
    composition = compose(await loadAgentConfig(file), []);
  } catch (error) {
    if (!(error instanceof AgentError)) throw error;
    const found = error.diagnostics.map(({ file, line, message, hint }) =>
      problem(
        "agent.yaml",
        `${file}${line === undefined ? "" : `:${line}`}: ${message}`,
        hint ?? "correct it",
      ),
    );
    const whole = problem("agent.yaml", error.message, error.hint ?? "gitops-agent init writes one");
    return [...(found.length > 0 ? found : [whole]), unknown("the rest", "needs a valid agent.yaml")];
  }
  try {
    return await runChecks(listConfiguredChecks(composition));
  } finally {
    composition.close();
  }
}

async function runChecks(
  checks: readonly (() => Promise<readonly Checkup[]>)[],
): Promise<readonly Checkup[]> {
  const found: Checkup[] = [];
  for (const check of checks) found.push(...(await check()));
  return found;
}
