/** `gitops-agent logs`: shows the journal of the units that the last change touched, or of those named, and of the agent. */

import { spawn } from "node:child_process";
import { agentUnit } from "../../core/model/agent-units.ts";
import { AgentError, ExitCode } from "../../core/model/errors.ts";
import type { History } from "../../core/model/history.ts";
import { isDone } from "../../core/record/actions.ts";
import { isQuadletName, isUnitName, serviceOfQuadlet } from "../../core/units/unit-name.ts";
import type { AgentFile } from "../agent-file.ts";
import { readHistory } from "./history.ts";

export interface LogsOptions {
  readonly config: AgentFile;
  readonly follow: boolean;
  /** How many of the newest lines. */
  readonly count: number;
  /** As journalctl takes it; null: no limit. */
  readonly since: string | null;
}

/**
 * Runs journalctl on this terminal.
 * @throws AgentError `usage` for a name that no unit can have, or when nothing was changed yet; `sync-failed` without journalctl
 */
export async function runLogs(names: readonly string[], options: LogsOptions): Promise<ExitCode> {
  const units =
    names.length > 0 ? names.map(requireUnit) : listLastChanged(await readHistory(options.config));
  const option = options.config.scope.manager === "user" ? "--user-unit" : "--unit";
  const matches = [...new Set([agentUnit, ...units])].map((unit) => `${option}=${unit}`);
  const since = options.since === null ? [] : [`--since=${options.since}`];
  const follow = options.follow ? ["--follow"] : [];
  const exitCode = await runJournalctl([...matches, `--lines=${options.count}`, ...since, ...follow]);
  return exitCode === 0 ? ExitCode.inSync : ExitCode.failed;
}

function requireUnit(name: string): string {
  const unit = name.includes(".") ? name : `${name}.service`;
  if (isQuadletName(unit)) return serviceOfQuadlet(unit);
  if (isUnitName(unit)) return unit;
  throw new AgentError("usage", `${name} is not the name of a unit`, {
    hint: "write for instance web.service",
  });
}

/** The units of the newest sync that did something to units. */
function listLastChanged({ entries }: History): readonly string[] {
  const touched = entries.map(({ actions }) =>
    actions.filter((action) => isDone(action) && isUnitName(action.unit)).map(({ unit }) => unit),
  );
  const last = touched.findLast((units) => units.length > 0);
  if (last === undefined) {
    throw new AgentError("usage", "no sync has touched a unit yet", {
      hint: "name units: gitops-agent logs web.service",
    });
  }
  return last;
}

function runJournalctl(args: readonly string[]): Promise<number> {
  return new Promise((resolve, reject) => {
    const child = spawn("journalctl", [...args], { stdio: "inherit" });
    child.once("error", (cause) =>
      reject(new AgentError("sync-failed", "journalctl cannot be started", { subject: "journalctl", cause })),
    );
    child.once("exit", (code) => resolve(code ?? 1));
  });
}
