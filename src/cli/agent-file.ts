/**
 * Which agent a command is about: that of the system, or with --user that of the person who calls it; and the text of its
 * agent.yaml. Must not know what is in that file.
 */
import { readFile } from "node:fs/promises";
import type { Command } from "commander";
import { AgentError } from "../core/model/errors.ts";
import { type ManagerScope, systemScope } from "../core/model/manager-scope.ts";
import { errnoOf, explainSystemError } from "../lib/system-error.ts";

/** An agent.yaml, and whose agent reads it. */
export interface AgentFile {
  readonly path: string;
  readonly scope: ManagerScope;
}

/** The options that every command has. */
interface AgentFlags {
  readonly config?: string;
  readonly user?: boolean;
}

const maxConfigBytes = 1024 * 1024;

/**
 * The options of a command, and the agent that it is about.
 * @throws AgentError `config-invalid` when this user has no home directory
 */
export async function readFlags<Flags extends object>(
  command: Command,
): Promise<Flags & { readonly config: AgentFile }> {
  const flags = command.optsWithGlobals<Flags & AgentFlags>();
  return { ...flags, config: await findAgentFile(flags) };
}

/** @throws AgentError `config-invalid` when this user has no home directory */
export async function findAgentFile({ config, user }: AgentFlags): Promise<AgentFile> {
  const scope = user === true ? await findUserScope() : systemScope;
  return { path: config ?? usualConfigPath(scope), scope };
}

/** Loaded only now: for the system's agent nothing has to be found out. */
async function findUserScope(): Promise<ManagerScope> {
  const { readUserScope } = await import("./compose-user.ts");
  return await readUserScope(process.env);
}

/** The one agent.yaml that the agent's own units read. */
export function usualConfigPath({ configDirectory }: ManagerScope): string {
  return `${configDirectory}/agent.yaml`;
}

/** @throws AgentError `config-invalid` when it cannot be read, or is larger than 1 MiB */
export async function readConfigText(configPath: string): Promise<string> {
  try {
    const text = await readFile(configPath, "utf8");
    if (text.length <= maxConfigBytes) return text;
  } catch (error) {
    const hint =
      errnoOf(error) === "ENOENT"
        ? "gitops-agent init --repo URL writes it; agent.yaml.example beside it shows all keys"
        : "check its permissions, or use root";
    throw new AgentError("config-invalid", `cannot read ${configPath}: ${explainSystemError(error).what}`, {
      subject: configPath,
      hint,
      cause: error,
    });
  }
  throw new AgentError("config-invalid", `${configPath} is larger than 1 MiB`, { subject: configPath });
}
