/**
 * Where commands that only read get their answer: from the daemon, or, when none runs, by looking at the host
 * themselves.
 */
import { access, constants } from "node:fs/promises";
import { type AgentClient, connectAgent } from "../api/client.ts";
import { AgentError } from "../core/model/errors.ts";
import { errnoOf } from "../lib/system-error.ts";
import type { AgentFile } from "./agent-file.ts";
import type { Composition } from "./compose.ts";
import { findRuntimeDirectory } from "./compose-sockets.ts";

export interface Question<Answer> {
  readonly ask: (agent: AgentClient, signal: AbortSignal) => Promise<Answer>;
  /** Called only when no daemon listens. */
  readonly look: (composition: Composition) => Promise<Answer>;
}

/** @throws AgentError `config-invalid`, `agent-unreachable`, and what asking and looking throw */
export async function askOrLook<Answer>(file: AgentFile, question: Question<Answer>): Promise<Answer> {
  const runtimeDirectory = await findRuntimeDirectory(file);
  try {
    return await question.ask(connectAgent(runtimeDirectory), new AbortController().signal);
  } catch (error) {
    if (!isNotRunning(error)) throw error;
  }
  // Loaded only now: a command that the daemon answers does not need these libraries.
  const { compose, loadAgentConfig } = await import("./compose.ts");
  const config = await loadAgentConfig(file);
  await requireReadableState(config.layout.stateDirectory);
  const composition = compose(config, []);
  try {
    return await question.look(composition);
  } finally {
    composition.close();
  }
}

/** Whether no daemon listens. Any other failure to reach the agent is reported as it is. */
export function isNotRunning(error: unknown): boolean {
  if (!(error instanceof AgentError) || error.code !== "agent-unreachable") return false;
  return ["ENOENT", "ECONNREFUSED"].includes(errnoOf(error.cause) ?? "");
}

/**
 * Fails when this user may not read the state, so that it does not look empty or damaged.
 *
 * @throws AgentError `agent-unreachable`
 */
export async function requireReadableState(stateDirectory: string): Promise<void> {
  try {
    await access(stateDirectory, constants.R_OK | constants.X_OK);
  } catch (cause) {
    if (errnoOf(cause) !== "EACCES") return;
    throw new AgentError("agent-unreachable", "the agent is not running, and only root may read its state", {
      subject: stateDirectory,
      hint: "start it with: systemctl start gitops-agent; or ask as root (sudo)",
      cause,
    });
  }
}
