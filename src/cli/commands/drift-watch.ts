/** `gitops-agent drift --watch`: prints what appears, changes and is resolved, until it is interrupted. */
import { setTimeout as delay } from "node:timers/promises";
import { connectAgent } from "../../api/client.ts";
import { listDriftChanges } from "../../core/drift/changes.ts";
import { selectDrift } from "../../core/drift/selection.ts";
import { AgentError, ExitCode } from "../../core/model/errors.ts";
import type { Status } from "../../core/model/status.ts";
import type { AgentFile } from "../agent-file.ts";
import { findRuntimeDirectory } from "../compose-sockets.ts";
import { requireKnownNames } from "../drift-list.ts";
import { stopWithTheReader } from "../interrupt.ts";
import { readScreen, writeText } from "../output.ts";
import { renderDriftChange, renderDriftList } from "../render/drift.ts";

const pauseMs = 1_000;

/** The daemon is asked each second. While it does not answer, it is waited for, since it may be restarted. */
export async function runDriftWatch(
  names: readonly string[],
  options: { readonly config: AgentFile; readonly json: boolean },
): Promise<ExitCode> {
  const { signal } = stopWithTheReader();
  const agent = connectAgent(await findRuntimeDirectory(options.config));
  const first = await agent.readStatus(signal);
  requireKnownNames(names, first);
  let drift = selectDrift(first.drift, names);
  if (options.json) writeChanges(first, { before: [], now: drift, json: true });
  else writeText(renderDriftList({ ...first, drift }, { ...readScreen(), now: Date.now() }));
  let isLost = false;
  while (!signal.aborted) {
    await delay(pauseMs, undefined, { signal }).catch(() => undefined);
    const status = await tryToRead(() => agent.readStatus(signal), signal);
    if (status === null) break;
    if (status instanceof AgentError) {
      if (!isLost) process.stderr.write(`${status.message}; waiting for it\n`);
      isLost = true;
      continue;
    }
    isLost = false;
    const now = selectDrift(status.drift, names);
    writeChanges(status, { before: drift, now, json: options.json });
    drift = now;
  }
  return ExitCode.inSync;
}

async function tryToRead(
  read: () => Promise<Status>,
  signal: AbortSignal,
): Promise<Status | AgentError | null> {
  try {
    return await read();
  } catch (error) {
    if (signal.aborted) return null;
    if (error instanceof AgentError) return error;
    throw error;
  }
}

function writeChanges(
  { generatedAt }: Pick<Status, "generatedAt">,
  {
    before,
    now,
    json,
  }: { readonly before: Status["drift"]; readonly now: Status["drift"]; readonly json: boolean },
): void {
  for (const change of listDriftChanges(before, now)) {
    // One document a line, for programs that read while it goes on.
    if (json) writeText(`${JSON.stringify({ version: 1, at: generatedAt, ...change })}\n`);
    else writeText(renderDriftChange(change, generatedAt, readScreen()));
  }
}
