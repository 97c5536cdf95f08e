/** `gitops-agent drift`: what on this host is not as it was applied, as a list or in detail. */
import { exitCodeOfDrift, selectDrift } from "../../core/drift/selection.ts";
import type { DriftRecord } from "../../core/model/drift.ts";
import { AgentError, ExitCode } from "../../core/model/errors.ts";
import type { Status } from "../../core/model/status.ts";
import type { AgentFile } from "../agent-file.ts";
import { requireReadableState } from "../ask.ts";
import { readDriftStatus, requireKnownNames } from "../drift-list.ts";
import { readScreen, writeJson, writeText } from "../output.ts";
import { renderDriftList } from "../render/drift.ts";
import type { DriftDetails } from "../render/drift-details.ts";

export async function runDrift(
  names: readonly string[],
  options: { readonly config: AgentFile; readonly json: boolean },
): Promise<ExitCode> {
  const status = await readDriftStatus(options.config);
  requireKnownNames(names, status);
  const drift = selectDrift(status.drift, names);
  if (names.length === 0) writeList(status, options.json);
  else await writeDetails({ ...status, drift }, options);
  const code = exitCodeOfDrift(drift);
  return status.systemd.failure === null ? code : ExitCode.failed;
}

function writeList(status: Status, json: boolean): void {
  const { version, generatedAt, systemd, drift } = status;
  if (json) writeJson({ version, generatedAt, systemd, drift });
  else writeText(renderDriftList(status, { ...readScreen(), now: Date.now() }));
}

async function writeDetails(
  status: Status,
  { config, json }: { readonly config: AgentFile; readonly json: boolean },
): Promise<void> {
  const { version, generatedAt, systemd, drift } = status;
  const details = await readDetails(config, drift);
  if (json) {
    const { differences, loaded } = details ?? { differences: null, loaded: null };
    writeJson({ version, generatedAt, systemd, drift, differences, loaded });
    return;
  }
  const { renderDriftDetails } = await import("../render/drift-details.ts");
  writeText(renderDriftDetails(status, details, { ...readScreen(), now: Date.now() }));
}

/** The details, which only root can read: the state, the clone, and what is in the files; null for other users. */
async function readDetails(file: AgentFile, drift: readonly DriftRecord[]): Promise<DriftDetails | null> {
  if (drift.length === 0) return null;
  const { compose, loadAgentConfig } = await import("../compose.ts");
  const config = await loadAgentConfig(file);
  try {
    await requireReadableState(config.layout.stateDirectory);
  } catch (error) {
    if (!(error instanceof AgentError) || error.code !== "agent-unreachable") throw error;
    return null;
  }
  const { readDriftDetails } = await import("../drift-details.ts");
  const composition = compose(config, []);
  try {
    return await readDriftDetails(composition, drift);
  } finally {
    composition.close();
  }
}
