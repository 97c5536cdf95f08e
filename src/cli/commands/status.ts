/** `gitops-agent status`: asks the daemon, or, when there is none, looks itself and says so. */
import { access, constants } from "node:fs/promises";
import { connectAgent } from "../../api/client.ts";
import { AgentError, type ExitCode } from "../../core/errors.ts";
import { exitCodeOfStatus, type Status } from "../../core/status.ts";
import { errnoOf } from "../../lib/system-error.ts";
import { compose, loadAgentConfig, version } from "../compose.ts";
import { readScreen, writeJson, writeText } from "../output.ts";
import { renderStatus } from "../render/status.ts";

export async function runStatus(options: {
  readonly config: string;
  readonly json: boolean;
}): Promise<ExitCode> {
  const status = await readStatus(options.config);
  if (options.json) writeJson(status);
  else writeText(renderStatus(status, { ...readScreen(), now: Date.now() }));
  return exitCodeOfStatus(status);
}

async function readStatus(configPath: string): Promise<Status> {
  const config = await loadAgentConfig(configPath);
  try {
    return await connectAgent(config.paths.runtimeDirectory).readStatus(new AbortController().signal);
  } catch (error) {
    if (!isNotRunning(error)) throw error;
  }
  await requireReadableState(config.paths.stateDirectory);
  const composition = compose(config, () => {});
  try {
    return await composition.readStatus({ running: false, pid: null, version, startedAt: null });
  } finally {
    composition.close();
  }
}

/** Nobody listens: other failures to reach the agent are the answer. */
export function isNotRunning(error: unknown): boolean {
  if (!(error instanceof AgentError) || error.code !== "agent-unreachable") return false;
  return ["ENOENT", "ECONNREFUSED"].includes(errnoOf(error.cause) ?? "");
}

/**
 * What an ordinary user cannot read must not look as if it were empty or damaged.
 *
 * @throws AgentError `agent-unreachable`
 */
export async function requireReadableState(stateDirectory: string): Promise<void> {
  try {
    await access(stateDirectory, constants.R_OK | constants.X_OK);
  } catch (cause) {
    if (errnoOf(cause) !== "EACCES") return;
    throw new AgentError("agent-unreachable", "the agent is not running, and only root may read its state", {
      subject: stateDirectory,
      hint: "start it with: systemctl start gitops-agent; or ask as root (sudo)",
      cause,
    });
  }
}
