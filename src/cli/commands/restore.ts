/** `gitops-agent credentials restore`: what gitops-agent-credentials.service runs at boot. */
import { restoreCredentials } from "../../agent/restore.ts";
import { ExitCode } from "../../core/errors.ts";
import { compose, loadAgentConfig, openLog } from "../compose.ts";
import { writeText } from "../output.ts";

/** A daemon that is just applying has the lock; its own credentials are then newer than ours would be. */
const lockWaitMs = 60_000;

export async function runRestore(configPath: string): Promise<ExitCode> {
  const config = await loadAgentConfig(configPath);
  const composition = compose(config, openLog(config));
  const lock = await composition.lock(lockWaitMs);
  try {
    const count = await restoreCredentials(composition.ports, new AbortController().signal);
    writeText(count === 0 ? "nothing to restore\n" : `restored ${count} credentials\n`);
    return ExitCode.inSync;
  } finally {
    await lock.release();
    composition.close();
  }
}
