/** `gitops-agent credentials restore`: what gitops-agent-credentials.service runs at boot. */
import { restoreCredentials } from "../../agent/restore.ts";
import { AgentError, ExitCode } from "../../core/model/errors.ts";
import type { AgentFile } from "../agent-file.ts";
import { type Composition, compose, type Lock, loadAgentConfig } from "../compose.ts";
import { openLog } from "../compose-log.ts";
import { writeText } from "../output.ts";
import { countOf } from "../render/quantities.ts";

/** How long to wait for the lock. A running daemon holds it and restores the credentials itself. */
const waitMs = 60_000;
const pollMs = 100;

export async function runRestore(file: AgentFile): Promise<ExitCode> {
  const config = await loadAgentConfig(file);
  const composition = compose(config, [openLog(config)]);
  try {
    const lock = await lockUnlessComplete(composition);
    if (lock === null) {
      writeText("nothing to restore\n");
      return ExitCode.inSync;
    }
    const count = await restoreCredentials(composition.ports, new AbortController().signal);
    writeText(`restored ${countOf(count, "credential")}\n`);
    await lock.release();
    return ExitCode.inSync;
  } finally {
    composition.close();
  }
}

/**
 * @returns null when no credential is missing, or none is missing any more
 * @throws AgentError `agent-locked` after a minute
 */
async function lockUnlessComplete(composition: Composition): Promise<Lock | null> {
  const { state, credentials, clock } = composition.ports;
  const deadlineMs = clock.now() + waitMs;
  for (;;) {
    const inventory = await state.loadInventory();
    const { generation } = inventory;
    if (generation === null || (await credentials.readComplete(inventory.credentials)) === generation)
      return null;
    try {
      return await composition.lock(0);
    } catch (error) {
      const isLocked = error instanceof AgentError && error.code === "agent-locked";
      if (!isLocked || clock.now() >= deadlineMs) throw error;
    }
    await clock.sleep(pollMs, new AbortController().signal);
  }
}
