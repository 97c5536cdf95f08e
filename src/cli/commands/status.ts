/** `gitops-agent status`: asks the daemon, or, when none runs, looks at the host itself and says so. */
import { ExitCode } from "../../core/model/errors.ts";
import { exitCodeOfStatus, type Status } from "../../core/model/status.ts";
import type { UnitDetails } from "../../core/model/unit-details.ts";
import type { AgentFile } from "../agent-file.ts";
import { askOrLook } from "../ask.ts";
import { readScreen, writeJson, writeText } from "../output.ts";
import { renderStatus } from "../render/status.ts";
import { renderUnitDetails } from "../render/unit-details.ts";
import { renderWhy } from "../render/why.ts";
import { version } from "../version.ts";

export async function runStatus(options: {
  readonly config: AgentFile;
  readonly json: boolean;
}): Promise<ExitCode> {
  const status = await readStatus(options.config);
  if (options.json) writeJson(status);
  else writeText(renderStatus(status, { ...readScreen(), now: Date.now() }));
  return exitCodeOfStatus(status);
}

/**
 * Shows all that is known of some units.
 * @throws AgentError `usage` for a unit that git does not have here
 */
export async function runStatusOfUnits(
  names: readonly string[],
  options: { readonly config: AgentFile; readonly json: boolean },
): Promise<ExitCode> {
  const units: UnitDetails[] = [];
  for (const name of names) units.push(await readUnit(options.config, name));
  const screen = { ...readScreen(), now: Date.now() };
  if (options.json) writeJson({ version: 1, units });
  else writeText(units.map((details) => renderUnitDetails(details, screen)).join("\n"));
  return ExitCode.inSync;
}

/** Answers why a unit was restarted, or was not. Throws as `runStatusOfUnits` does. */
export async function runWhy(
  name: string,
  options: { readonly config: AgentFile; readonly json: boolean },
): Promise<ExitCode> {
  const details = await readUnit(options.config, name);
  if (options.json) writeJson(details);
  else writeText(renderWhy(details, { ...readScreen(), now: Date.now() }));
  return ExitCode.inSync;
}

function readUnit(file: AgentFile, name: string): Promise<UnitDetails> {
  return askOrLook(file, {
    ask: (agent, signal) => agent.readUnit(name, signal),
    look: async (composition) => {
      const agent = { running: false, pid: null, version, startedAt: null, stateFailure: null };
      const { readUnitDetails } = await import("../unit-details.ts");
      return readUnitDetails(composition, await composition.readStatus(agent), name);
    },
  });
}

/** @throws AgentError of asking, and of looking where no daemon runs */
export function readStatus(file: AgentFile): Promise<Status> {
  return askOrLook(file, {
    ask: (agent, signal) => agent.readStatus(signal),
    look: (composition) =>
      composition.readStatus({ running: false, pid: null, version, startedAt: null, stateFailure: null }),
  });
}
