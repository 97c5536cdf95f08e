/** `gitops-agent status`: asks the daemon, or, when none runs, looks at the host itself and says so. */
import type { ExitCode } from "../../core/model/errors.ts";
import { exitCodeOfStatus, type Status } from "../../core/model/status.ts";
import { askOrLook } from "../ask.ts";
import { readScreen, writeJson, writeText } from "../output.ts";
import { renderStatus } from "../render/status.ts";
import { version } from "../version.ts";

export async function runStatus(options: {
  readonly config: string;
  readonly json: boolean;
}): Promise<ExitCode> {
  const status = await readStatus(options.config);
  if (options.json) writeJson(status);
  else writeText(renderStatus(status, { ...readScreen(), now: Date.now() }));
  return exitCodeOfStatus(status);
}

/** @throws AgentError of asking, and of looking where no daemon runs */
export function readStatus(configPath: string): Promise<Status> {
  return askOrLook(configPath, {
    ask: (agent, signal) => agent.readStatus(signal),
    look: (composition) =>
      composition.readStatus({ running: false, pid: null, version, startedAt: null, stateFailure: null }),
  });
}
