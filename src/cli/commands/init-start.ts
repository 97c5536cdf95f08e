/** The end of `init`: waits until the repository can be read, shows the first plan, and starts the agent if a person wants it. */
import { agentUnit } from "../../core/model/agent-units.ts";
import { AgentError, ExitCode } from "../../core/model/errors.ts";
import { type AgentFile, usualConfigPath } from "../agent-file.ts";
import { type Composition, compose } from "../compose.ts";
import type { Setup } from "../compose-init.ts";
import { readAgentService, startAgent } from "../compose-service.ts";
import { findLingerRisk } from "../compose-user.ts";
import { readScreen, writeError, writeText } from "../output.ts";
import { renderThingsToPaste, type ThingsToPaste } from "../render/init.ts";
import { renderFailure, renderSyncOutcome } from "../render/sync.ts";
import { askYesNo, hasPerson } from "../terminal.ts";
import { runPlan } from "./plan.ts";
import { runStatus } from "./status.ts";
import { exitCodeOfSync, requestSync } from "./sync.ts";

export interface StartOptions {
  /** How long to wait until the repository can be read; 0: it is tried once. */
  readonly waitMs: number;
  /** Whether to apply and start without a question. */
  readonly isNow: boolean;
  /** Whether to say only what would be done. */
  readonly isDry: boolean;
}

const pollMs = 5000;

/**
 * @param things what is printed for a person to carry elsewhere
 * @throws AgentError what reading, planning and starting throw
 */
export async function startFirstTime(
  setup: Setup,
  { isNow, isDry, waitMs }: StartOptions,
  things: ThingsToPaste,
): Promise<ExitCode> {
  const { file, config } = setup;
  await warnOfLogout(config);
  const service = await readAgentService(config.layout);
  if (service.isActive && service.isEnabled) {
    writeText(`found        ${agentUnit}: it is enabled, and runs\n`);
    return await runStatus({ config: file, json: false });
  }
  if (isDry) {
    writeText(`would show the first plan; would enable and start ${agentUnit} with --now, or after a yes\n`);
    return ExitCode.differences;
  }
  const composition = compose(config, []);
  try {
    const isOpen = await waitForAccess(composition, waitMs, things);
    if (!isOpen) return ExitCode.differences;
  } finally {
    composition.close();
  }
  const planned = await runPlan({ config: file, json: false, explain: false });
  if (planned === ExitCode.failed) return planned;
  if (!(await isWanted(file, isNow))) return ExitCode.differences;
  await startAgent(config.layout);
  writeText(`enabled and started ${agentUnit}\n`);
  return await showFirstSync(file, planned === ExitCode.differences);
}

/** Waits until the agent has done its first round. What it found to do was shown as the plan. */
async function showFirstSync(file: AgentFile, hadSteps: boolean): Promise<ExitCode> {
  const outcome = await requestSync({ config: file, json: false, request: { modes: [], adopt: [] } });
  if (outcome.outcome === "failed") {
    writeError(renderFailure(outcome.failure, readScreen()));
    return ExitCode.failed;
  }
  // The agent has applied it at its start, so this round may have found nothing left.
  const isDone = hadSteps && outcome.outcome === "unchanged";
  writeText(renderSyncOutcome(isDone ? { ...outcome, outcome: "applied" } : outcome, readScreen()));
  return exitCodeOfSync(outcome);
}

/**
 * @returns false when the repository cannot be read yet, and nobody asked to wait; what to do is printed
 * @throws AgentError of the last try when the time is over, and every failure that waiting does not mend
 */
async function waitForAccess(
  { ports }: Composition,
  waitMs: number,
  things: ThingsToPaste,
): Promise<boolean> {
  const { signal } = new AbortController();
  const endMs = ports.clock.now() + waitMs;
  let said: string | null = null;
  for (;;) {
    const failure = await ports.source.fetch(signal).then(() => null, asWaitable);
    if (said === null) {
      writeText(renderThingsToPaste({ ...things, deployKey: failure === null ? null : things.deployKey }));
    }
    if (failure === null) return true;
    if (failure.message !== said) writeText(`not yet: ${failure.message}\n`);
    said = failure.message;
    if (waitMs === 0) {
      writeText(`${failure.hint ?? ""}\nThen run: gitops-agent init (with --wait it waits for that)\n`);
      return false;
    }
    if (ports.clock.now() >= endMs) throw failure;
    await ports.clock.sleep(pollMs, signal);
  }
}

/** Failures that end when somebody registers the key, makes the repository, or pushes the branch. */
function asWaitable(error: unknown): AgentError {
  const codes: readonly string[] = ["repository-unreachable", "revision-not-found"];
  if (error instanceof AgentError && codes.includes(error.code)) return error;
  throw error;
}

/** Where the services of a user end with a session, it is said before anything is applied. */
async function warnOfLogout({ layout }: Setup["config"]): Promise<void> {
  const risk = await findLingerRisk(layout);
  if (risk !== null) writeText(`warning: ${risk.message}\nhint: ${risk.hint}\n`);
}

async function isWanted({ path, scope }: AgentFile, isNow: boolean): Promise<boolean> {
  const usual = usualConfigPath(scope);
  if (path !== usual) {
    writeText(`${agentUnit} reads ${usual}: start an agent for ${path} by a unit of your own\n`);
    return false;
  }
  if (isNow || (hasPerson() && (await askYesNo("apply this, and start the agent now?")))) return true;
  writeText("Nothing was applied. To apply this and start the agent: gitops-agent init --now\n");
  return false;
}
