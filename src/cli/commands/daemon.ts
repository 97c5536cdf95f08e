/** `gitops-agent daemon`: lock, sockets, watch, loop and signals around the one Reconciler. */

import { Loop } from "../../agent/loop.ts";
import { restoreCredentials } from "../../agent/restore.ts";
import type { Round } from "../../agent/task.ts";
import { AgentError, ExitCode } from "../../core/model/errors.ts";
import type { SyncRecord } from "../../core/model/sync-record.ts";
import type { Integration } from "../../core/ports/integration.ts";
import type { AgentFile } from "../agent-file.ts";
import { type Composition, compose, loadAgentConfig } from "../compose.ts";
import { type Edges, startEdges } from "../compose-daemon.ts";
import { loadIntegrations, startIntegrations } from "../compose-integrations.ts";
import { openEventRing, openLog } from "../compose-log.ts";
import { watchHost } from "../compose-watch.ts";
import { chooseStatusLine } from "../daemon-status.ts";
import { describeOutcome } from "../sync-outcome.ts";
import { readUnitDetails } from "../unit-details.ts";
import { version } from "../version.ts";

/** How long to wait for the lock: the credentials-restore unit or an earlier agent may still hold it and end soon. */
const lockWaitMs = 10_000;

export async function runDaemon(file: AgentFile): Promise<ExitCode> {
  const config = await loadAgentConfig(file);
  const events = openEventRing();
  const integrations = await loadIntegrations(config);
  const composition = compose(config, [openLog(config), events, ...integrations]);
  const lock = await composition.lock(lockWaitMs);
  const stop = new AbortController();
  try {
    return await serve(composition, { events, integrations }, stop);
  } finally {
    stop.abort();
    composition.close();
    await lock.release();
  }
}

interface Outlets {
  readonly events: ReturnType<typeof openEventRing>;
  readonly integrations: readonly Integration[];
}

async function serve(
  composition: Composition,
  { events, integrations }: Outlets,
  stop: AbortController,
): Promise<ExitCode> {
  const { config, memory, ports, reconciler } = composition;
  const reconcile = (round: Round, signal: AbortSignal) => composition.measure(() => doRound(round, signal));
  const doRound = async (round: Round, signal: AbortSignal) => {
    await memory.beginRound();
    const beginFullLook = async () => {
      // What changes from here on is noticed, and what changed before is seen by the look.
      hostEvents.follow(await memory.state.loadInventory());
      await round.beginFullLook();
    };
    return reconciler.reconcile({ ...round, beginFullLook }, signal);
  };
  const loop = new Loop(
    { reconcile, look: (scope, signal) => reconciler.look(scope, signal) },
    {
      intervalMs: config.intervalMs,
      random: Math.random,
      clock: ports.clock,
      nowMs: () => performance.now(),
      drift: config.drift,
    },
  );
  const hostEvents = watchHost(composition, (scope) => loop.noteHint(scope), stop.signal);
  const startedAt = new Date().toISOString();
  await restoreAtStart(composition, stop.signal);
  const readStatus = () => {
    const agent = { running: true, pid: process.pid, version, startedAt, stateFailure: memory.failure };
    return composition.readStatus(agent);
  };
  const edges = await startEdges(composition, events, {
    readStatus,
    readUnit: async (name) => readUnitDetails(composition, await readStatus(), name),
    readHistory: () => memory.history.load(),
    runSync: async (request) => describeOutcome(await loop.requestRound(request)),
    onPush: () => loop.notePush(),
    signal: stop.signal,
  });
  const closeIntegrations = await startIntegrations(integrations, {
    readStatus,
    readOthers: (patterns) => composition.readOthers(patterns),
    hintPush: () => loop.notePush(),
    tell: (event) => ports.events.emit(event),
  });
  const reason = handleSignals(
    stop,
    () => void loop.requestRound({ modes: [], adopt: [] }).catch(() => undefined),
  );
  ports.events.emit({ type: "agent.started", version, host: config.host, repository: edges.repository });
  await edges.notifier.ready("waiting for the first sync");
  const stopWatchdog = edges.notifier.startWatchdog(createAliveCheck(composition));
  try {
    await loop.run(({ record }) => void tellStatus(composition, edges.notifier, record), stop.signal);
  } catch (error) {
    if (!stop.signal.aborted || error !== stop.signal.reason) throw error;
  } finally {
    stopWatchdog();
    // systemd keeps showing the last status line of a service that is down.
    await edges.notifier.stopping("stopped: nothing is applied or watched until gitops-agent is started");
    await edges.close();
  }
  ports.events.emit({ type: "agent.stopped", reason: reason() });
  await closeIntegrations();
  return ExitCode.inSync;
}

async function tellStatus(
  { config, memory }: Composition,
  notifier: Edges["notifier"],
  record: SyncRecord,
): Promise<void> {
  const line = await chooseStatusLine({
    nowMs: Date.now(),
    intervalMs: config.intervalMs,
    record,
    stateFailure: memory.failure,
    loadInventory: () => memory.state.loadInventory(),
    loadIntent: () => memory.state.loadIntent(),
  });
  await notifier.status(line);
}

/**
 * Logs why the agent does not count as alive, before systemd ends it: systemd itself reports only a watchdog timeout.
 */
function createAliveCheck({ progress, ports }: Composition): () => boolean {
  let isSaid = false;
  return () => {
    const stuck = progress.findStuck();
    if (stuck !== null && !isSaid) {
      const reason = `${stuck.what ?? "nothing is under way"} for ${Math.round(stuck.forMs / 60_000)} min`;
      ports.events.emit({
        type: "agent.warned",
        message: "the agent is stuck: systemd is about to start it anew",
        reason,
      });
    }
    isSaid = stuck !== null;
    return stuck === null;
  };
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

/**
 * Restores credentials at once, because units that need them may start before the first round. That round reports a
 * failure.
 */
async function restoreAtStart({ ports }: Composition, signal: AbortSignal): Promise<void> {
  try {
    await restoreCredentials(ports, signal);
  } catch (error) {
    if (!(error instanceof AgentError) || error.code === "state-unreadable") throw error;
  }
}
