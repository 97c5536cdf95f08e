/** `gitops-agent status`: asks the daemon, or, when there is none, looks itself and says so. */
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
