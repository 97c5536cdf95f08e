/**
 * `gitops-agent uninstall`: takes the agent from a host, and leaves what it has set up running. Must not stop or delete
 * anything that it manages.
 */

import { access } from "node:fs/promises";
import { agentUnit } from "../../core/model/agent-units.ts";
import { AgentError, ExitCode } from "../../core/model/errors.ts";
import { makeLayout } from "../../core/model/manager-scope.ts";
import { ifAbsent } from "../../lib/system-error.ts";
import type { AgentFile } from "../agent-file.ts";
import { type Composition, compose, loadAgentConfig } from "../compose.ts";
import { findRemains, removeRemains } from "../compose-removal.ts";
import { readAgentService, type ServiceManager, stopAgent, stopRestore } from "../compose-service.ts";
import { writeText } from "../output.ts";
import { renderPurge, renderStays } from "../render/uninstall.ts";
import { askYesNo, hasPerson } from "../terminal.ts";

export interface UninstallOptions {
  readonly file: AgentFile;
  /** Whether to delete state, credentials and keys. */
  readonly isPurge: boolean;
  /** Whether a person has said yes to the purge already. */
  readonly isSure: boolean;
  readonly isDry: boolean;
}

export async function runUninstall(options: UninstallOptions): Promise<ExitCode> {
  const { file } = options;
  if (!(await isConfigured(file.path))) {
    if (!options.isDry) await stopIfThere(makeLayout(file.scope, file.scope.paths));
    writeText(`there is no ${file.path}: nothing else is known to be the agent's\n`);
    return ExitCode.inSync;
  }
  const composition = compose(await loadAgentConfig(file), []);
  try {
    return await uninstall(composition, options);
  } finally {
    composition.close();
  }
}

async function uninstall(composition: Composition, options: UninstallOptions): Promise<ExitCode> {
  const { file, isPurge, isSure, isDry } = options;
  const { config, ports } = composition;
  const inventory = await ports.state.loadInventory();
  const remains = isPurge ? await findRemains(file.path, config) : [];
  if (isPurge) writeText(renderPurge(remains, inventory));
  if (isPurge && !isDry && !isSure) await requireYes();
  if (isDry) {
    const service = await readAgentService(config.layout);
    const isThere = service.isActive || service.isEnabled;
    writeText(
      isThere ? `would stop and disable ${agentUnit}\n` : `${agentUnit} is stopped and disabled already\n`,
    );
    return isThere || isPurge ? ExitCode.differences : ExitCode.inSync;
  }
  await stopIfThere(config.layout);
  if (isPurge) await purge(composition, file.path);
  writeText(renderStays(inventory, isPurge));
  return ExitCode.inSync;
}

async function stopIfThere(manager: ServiceManager): Promise<void> {
  const { isActive, isEnabled } = await readAgentService(manager);
  const isThere = isActive || isEnabled;
  if (isThere) await stopAgent(manager);
  writeText(`${agentUnit} ${isThere ? "is stopped and disabled now" : "was stopped and disabled already"}\n`);
}

async function isConfigured(configPath: string): Promise<boolean> {
  return await access(configPath).then(() => true, ifAbsent(false));
}

async function purge({ config, ports, lock }: Composition, configPath: string): Promise<void> {
  // A sync by hand must not write what is being deleted.
  const held = await lock(0);
  try {
    await ports.credentials.removeOthers([]);
    await stopRestore(config.layout);
    // Looked for once more: until now the agent ran, and may have written.
    await removeRemains(await findRemains(configPath, config), configPath, config);
  } finally {
    await held.release();
  }
  writeText("deleted what is listed above\n");
}

/** @throws AgentError `usage` when nobody says yes */
async function requireYes(): Promise<void> {
  if (hasPerson() && (await askYesNo("delete all this?"))) return;
  throw new AgentError("usage", "a purge needs a yes; nothing was changed", {
    hint: "without a terminal: gitops-agent uninstall --purge --yes",
  });
}
