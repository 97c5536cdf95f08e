/** Reads the text of agent.yaml. Must not know what is in it. */
import { readFile } from "node:fs/promises";
import { AgentError } from "../core/model/errors.ts";
import { systemConfigDirectory } from "../core/model/host-layout.ts";
import { errnoOf, explainSystemError } from "../lib/system-error.ts";

export const defaultConfigPath = `${systemConfigDirectory}/agent.yaml`;

const maxConfigBytes = 1024 * 1024;

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
