/** `gitops-agent daemon`: lock, sockets, watch, loop and signals around the one Reconciler. */

import { Loop } from "../../agent/loop.ts";
import { restoreCredentials } from "../../agent/restore.ts";
import { AgentError, ExitCode } from "../../core/errors.ts";
import type { AgentEvent } from "../../core/events.ts";
import { type Composition, compose, loadAgentConfig, openLog, systemClock, version } from "../compose.ts";
import { startEdges } from "../compose-daemon.ts";
import { chooseStatusLine } from "../daemon-status.ts";
import { describeOutcome } from "../sync-outcome.ts";

/** The credentials-restore unit or an earlier agent may be about to end. */
const lockWaitMs = 10_000;

export async function runDaemon(configPath: string): Promise<ExitCode> {
  const config = await loadAgentConfig(configPath);
  const emit = openLog(config);
  const composition = compose(config, emit);
  const lock = await composition.lock(lockWaitMs);
  const stop = new AbortController();
  try {
    return await serve(composition, emit, stop);
  } finally {
    stop.abort();
    composition.close();
    await lock.release();
  }
}

async function serve(
  composition: Composition,
  emit: (event: AgentEvent) => void,
  stop: AbortController,
): Promise<ExitCode> {
  const { config, reconciler } = composition;
  const loop = new Loop((round, signal) => reconciler.reconcile(round, signal), {
    intervalMs: config.intervalMs,
    random: Math.random,
    clock: systemClock,
  });
  const startedAt = new Date().toISOString();
  await restoreAtStart(composition, stop.signal);
  const edges = await startEdges(composition, {
    readStatus: () => composition.readStatus({ running: true, pid: process.pid, version, startedAt }),
    readHistory: () => composition.ports.history.load(),
    runSync: async (request) => describeOutcome(await loop.requestRound(request)),
    onPush: () => loop.wake(),
    signal: stop.signal,
  });
  const reason = handleSignals(
    stop,
    () => void loop.requestRound({ modes: [], adopt: [] }).catch(() => undefined),
  );
  emit({ type: "agent.started", version, host: config.host, repository: edges.repository });
  await edges.notifier.ready("waiting for the first sync");
  const stopWatchdog = edges.notifier.startWatchdog(() => true);
  try {
    await loop.run((outcome) => void edges.notifier.status(chooseStatusLine(outcome)), stop.signal);
  } catch (error) {
    if (!stop.signal.aborted || error !== stop.signal.reason) throw error;
  } finally {
    stopWatchdog();
    await edges.notifier.stopping("stopping");
    await edges.close();
  }
  emit({ type: "agent.stopped", reason: reason() });
  return ExitCode.inSync;
}

/** SIGTERM and SIGINT end the daemon after the round that is under way; SIGHUP asks for a round now. */
function handleSignals(stop: AbortController, syncNow: () => void): () => string {
  let received = "";
  for (const name of ["SIGTERM", "SIGINT"] as const) {
    process.on(name, () => {
      received = name;
      stop.abort();
    });
  }
  process.on("SIGHUP", syncNow);
  return () => received;
}

/** Consumers may start before the first round; a failure is reported by that round, with its own cause. */
async function restoreAtStart({ ports }: Composition, signal: AbortSignal): Promise<void> {
  try {
    await restoreCredentials(ports, signal);
  } catch (error) {
    if (!(error instanceof AgentError) || error.code === "state-unreadable") throw error;
  }
}
