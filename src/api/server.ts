/**
 * The daemon's side of the API: status.sock for those who may read, control.sock for those who may change.
 * Must not do what is asked for; handlers that are passed in do.
 */
import type { Server } from "node:http";
import path from "node:path";
import { AgentError } from "../core/errors.ts";
import type { History } from "../core/history.ts";
import type { Status } from "../core/status.ts";
import { createHttpServer } from "./http-server.ts";
import { listenOnSocketFile } from "./socket-file.ts";
import {
  historyPath,
  plainMode,
  type SyncOutcome,
  type SyncRequest,
  socketNames,
  statusPath,
  syncModes,
  syncPath,
} from "./types.ts";

/** An AgentError that a handler throws is told to the client; anything else is not, and goes to `onError`. */
export interface AgentHandlers {
  readStatus(): Promise<Status>;
  readHistory(): Promise<History>;
  /** Syncs now, or waits for the sync that is going on and then syncs. */
  runSync(request: SyncRequest): Promise<SyncOutcome>;
}

export interface ServeOptions {
  /** Made when it is missing. Readers must be able to enter it. */
  readonly runtimeDirectory: string;
  /** Group that may read the status besides root; null when the host has none. */
  readonly readersGroupId: number | null;
  readonly handlers: AgentHandlers;
  readonly onError: (error: unknown) => void;
}

export interface AgentServer {
  /** Takes the sockets away, lets answers that are under way end for a moment, then cuts them. */
  close(): Promise<void>;
}

const closeGraceMs = 2000;

/**
 * Serves until closed.
 * @throws AgentError `agent-locked` when another process serves there, `conflict`, `host-write-failed`
 */
export async function serveAgent(options: ServeOptions): Promise<AgentServer> {
  const { runtimeDirectory, readersGroupId, handlers, onError } = options;
  const reading = createHttpServer(
    [
      { method: "GET", path: statusPath, run: () => handlers.readStatus() },
      { method: "GET", path: historyPath, run: () => handlers.readHistory() },
    ],
    onError,
  );
  const changing = createHttpServer(
    [{ method: "POST", path: syncPath, run: (query) => handlers.runSync(parseSyncRequest(query)) }],
    onError,
  );
  const openSocket = async (server: Server, name: string, mode: number, groupId: number | null) => {
    const remove = await listenOnSocketFile(server, path.join(runtimeDirectory, name), { mode, groupId });
    server.on("error", onError);
    return () => closeServer(server, remove);
  };
  const closeReading = await openSocket(reading, socketNames.status, 0o660, readersGroupId);
  try {
    const closeChanging = await openSocket(changing, socketNames.control, 0o600, null);
    return {
      async close() {
        await Promise.all([closeReading(), closeChanging()]);
      },
    };
  } catch (error) {
    await closeReading();
    throw error;
  }
}

/** @throws AgentError `usage` */
function parseSyncRequest(query: URLSearchParams): SyncRequest {
  const asked = query.getAll("mode").filter((mode) => mode !== plainMode);
  const modes = syncModes.filter((known) => asked.includes(known));
  const adopt = query.getAll("adopt");
  const isKnown = asked.every((mode) => modes.some((known) => known === mode));
  if (!isKnown || adopt.some((file) => !path.isAbsolute(file))) {
    throw new AgentError("usage", "this sync request is not understood", {
      hint: `mode is one of ${[plainMode, ...syncModes].join(", ")}; adopt is an absolute path`,
    });
  }
  return { modes, adopt };
}

async function closeServer(server: Server, removeSocketFile: () => Promise<void>): Promise<void> {
  await removeSocketFile();
  const closed = new Promise<void>((resolve) => server.close(() => resolve()));
  server.closeIdleConnections();
  const timer = setTimeout(() => server.closeAllConnections(), closeGraceMs);
  await closed;
  clearTimeout(timer);
}
