/** `gitops-agent adopt`: allows the agent to take over files that are on the host already, and syncs. */
import path from "node:path";
import type { ExitCode } from "../../core/model/errors.ts";
import { AgentError } from "../../core/model/errors.ts";
import { isUnitName } from "../../core/units/unit-name.ts";
import type { AgentFile } from "../agent-file.ts";
import { loadAgentConfig } from "../compose.ts";
import { runSync } from "./sync.ts";

export async function runAdopt(
  names: readonly string[],
  options: { readonly config: AgentFile; readonly json: boolean },
): Promise<ExitCode> {
  const { layout } = await loadAgentConfig(options.config);
  const adopt = names.map((name) => resolvePath(name, layout.unitDirectory));
  return runSync({ ...options, request: { modes: [], adopt } });
}

function resolvePath(name: string, unitDirectory: string): string {
  if (path.isAbsolute(name)) return path.normalize(name);
  if (isUnitName(name)) return `${unitDirectory}/${name}`;
  throw new AgentError("usage", `${name} is neither an absolute path nor the name of a unit`, {
    hint: `name what the conflict names, for instance ${unitDirectory}/web.service`,
  });
}
