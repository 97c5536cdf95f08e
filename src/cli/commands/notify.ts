/** `gitops-agent notify test`: sends a test message through each channel of agent.yaml. Needs no daemon. */
import { AgentError, ExitCode } from "../../core/model/errors.ts";
import type { AgentFile } from "../agent-file.ts";
import { loadAgentConfig } from "../compose.ts";
import { type TestResult, testChannels } from "../compose-notify.ts";
import { type OutputOptions, readScreen, writeJson, writeText } from "../output.ts";
import { createPainter } from "../render/style.ts";

export interface NotifyTestOptions extends OutputOptions {
  readonly config: AgentFile;
  /** Null: to everybody. */
  readonly to: string | null;
}

/** @throws AgentError `usage` when agent.yaml has no such entry, or none at all */
export async function runNotifyTest({ config: file, to, json }: NotifyTestOptions): Promise<ExitCode> {
  const config = await loadAgentConfig(file);
  const names = config.integrations.notify.map(({ name }) => name);
  if (names.length === 0) {
    const hint = "docs/integrations.md has examples";
    throw new AgentError("usage", `${file.path} names nobody to notify`, { subject: file.path, hint });
  }
  if (to !== null && !names.includes(to)) {
    const hint = `the entries are called ${names.join(", ")}`;
    throw new AgentError("usage", `notify in ${file.path} has no entry ${to}`, { subject: to, hint });
  }
  const results = await testChannels(config, to, new AbortController().signal);
  if (json) writeJson({ version: 1, results });
  else writeText(results.map(renderResult).join(""));
  return results.every(({ sent }) => sent) ? ExitCode.inSync : ExitCode.failed;
}

function renderResult({ name, kind, sent, answer }: TestResult): string {
  const paint = createPainter(readScreen().colour);
  const who = name === kind ? name : `${name} (${kind})`;
  return `${who}: ${sent ? paint("green", "sent") : paint("red", "not sent")}: ${answer}\n`;
}
