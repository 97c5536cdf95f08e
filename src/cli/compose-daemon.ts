/** What only a daemon has: its sockets, the watch on a local repository, and the messages to the service manager. */
import { type AgentHandlers, serveAgent } from "../api/server.ts";
import type { HostLayout } from "../core/model/host-layout.ts";
import { loadAccounts } from "../host/accounts.ts";
import { findSwapRisk } from "../secrets/store/swap-risk.ts";
import { describeUrl, findLocalRepository } from "../source/repository-url.ts";
import { createNotifier, type Notifier } from "../systemd/notify.ts";
import type { EventRing } from "../telemetry/event-ring.ts";
import { watchRepository } from "../watch/repository-watch.ts";
import type { Composition } from "./compose.ts";
import { findLingerRisk } from "./compose-user.ts";

export interface EdgeHandlers extends AgentHandlers {
  onPush(): void;
  readonly signal: AbortSignal;
}

export interface Edges {
  readonly notifier: Notifier;
  /** The repository's name in a form that may be logged. */
  readonly repository: string;
  close(): Promise<void>;
}

/** @throws AgentError `agent-locked`, `host-write-failed` */
export async function startEdges(
  { config, ports }: Composition,
  events: EventRing,
  handlers: EdgeHandlers,
): Promise<Edges> {
  const warn = (message: string) => (error: unknown) => {
    const reason = error instanceof Error ? error.message : String(error);
    ports.events.emit({ type: "agent.warned", message, reason });
  };
  const server = await serveAgent({
    runtimeDirectory: ports.layout.runtimeDirectory,
    readersGroupId: await findReaders(ports.layout),
    handlers,
    events,
    onError: warn("a request on the agent's sockets failed"),
  });
  for (const risk of [await findSwapRisk(ports.layout), await findLingerRisk(ports.layout)]) {
    if (risk === null) continue;
    ports.events.emit({ type: "agent.warned", message: risk.message, reason: risk.hint ?? "" });
  }
  const { url, branch } = config.repository;
  const local = findLocalRepository(url);
  // A tag rarely moves, and an exact commit never does: polling is enough.
  if (local !== null && config.repository.followed.kind === "branch") {
    const onError = warn("the local repository cannot be watched, so it is only polled");
    await watchRepository(local, branch, { onChange: () => handlers.onPush(), onError }, handlers.signal);
  }
  return {
    notifier: createNotifier(process.env, warn("systemd could not be notified")),
    repository: describeUrl(url),
    close: () => server.close(),
  };
}

/** Null when nobody but the user of the agent and root may read, or the host lacks the group. */
async function findReaders({ readersGroup }: HostLayout): Promise<number | null> {
  return readersGroup === null ? null : await (await loadAccounts()).idOf("group", readersGroup);
}
