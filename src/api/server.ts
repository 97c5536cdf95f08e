/**
 * The daemon's side of the API: status.sock for those who may read, control.sock for those who may also change.
 * Must not do what is asked for; handlers that are passed in do.
 */
import path from "node:path";
import { AgentError } from "../core/model/errors.ts";
import type { History } from "../core/model/history.ts";
import type { Status } from "../core/model/status.ts";
import { type SyncRequest, syncModes } from "../core/model/sync-request.ts";
import { shareWork } from "../lib/shared-work.ts";
import { HttpServer } from "./http-server.ts";
import { listenOnSocketFile } from "./socket-file.ts";
import { historyPath, plainMode, type SyncOutcome, socketNames, statusPath, syncPath } from "./types.ts";

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
/** Node cannot tell who has connected (SO_PEERCRED), so these bound all readers together. */
const maxReaders = 32;
const maxRoots = 64;
/** What the readers of status.sock can make the agent work: a quarter of its time. */
const readersRestFactor = 3;
const fullNoticePauseMs = 15 * 60_000;

/**
 * Serves until closed. Who may change something also reads over a socket of its own, which readers cannot fill.
 * @throws AgentError `agent-locked` when another process serves there, `conflict`, `host-write-failed`
 */
export async function serveAgent(options: ServeOptions): Promise<AgentServer> {
  const { runtimeDirectory, readersGroupId, handlers, onError } = options;
  const readStatus = shareWork(async () => encode(await handlers.readStatus()));
  const readHistory = shareWork(async () => encode(await handlers.readHistory()));
  const reading = new HttpServer({
    routes: [
      { method: "GET", path: statusPath, run: shareWork(readStatus, readersRestFactor) },
      { method: "GET", path: historyPath, run: shareWork(readHistory, readersRestFactor) },
    ],
    maxConnections: maxReaders,
    onError,
  });
  const changing = new HttpServer({
    routes: [
      { method: "GET", path: statusPath, run: readStatus },
      { method: "GET", path: historyPath, run: readHistory },
      {
        method: "POST",
        path: syncPath,
        run: async (query) => encode(await handlers.runSync(parseSyncRequest(query))),
      },
    ],
    maxConnections: maxRoots,
    onError,
  });
  const openSocket = async (http: HttpServer, name: string, mode: number, groupId: number | null) => {
    const socketPath = path.join(runtimeDirectory, name);
    const remove = await listenOnSocketFile(http.server, socketPath, { mode, groupId });
    http.server.on("error", onError);
    http.server.on("drop", noticeOnceInAWhile(`${name} had too many connections at once`, onError));
    return async () => {
      await remove();
      await http.close(closeGraceMs);
    };
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

function encode(value: object): Uint8Array {
  return Buffer.from(JSON.stringify(value));
}

/** A flood must not fill the log as well. */
function noticeOnceInAWhile(message: string, onError: (error: unknown) => void): () => void {
  let lastMs = Number.NEGATIVE_INFINITY;
  return () => {
    if (performance.now() - lastMs < fullNoticePauseMs) return;
    lastMs = performance.now();
    onError(new Error(`${message}; some were turned away`));
  };
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
