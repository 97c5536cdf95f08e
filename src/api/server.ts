/**
 * Serves the daemon's API: status.sock for users who may read, control.sock for users who may also change something. Must
 * not do the work itself: the caller passes handlers for it.
 */
import type { Socket } from "node:net";
import path from "node:path";
import type { History } from "../core/model/history.ts";
import type { Status } from "../core/model/status.ts";
import type { SyncRequest } from "../core/model/sync-request.ts";
import type { UnitDetails } from "../core/model/unit-details.ts";
import { queueWork, shareWork } from "../lib/shared-work.ts";
import { type EventSource, parseEventId, streamEvents } from "./event-stream.ts";
import { HttpServer } from "./http-server.ts";
import type { RequestHead } from "./request-head.ts";
import { listenOnSocketFile } from "./socket-file.ts";
import { parseSyncRequest } from "./sync-query.ts";
import {
  eventsPath,
  historyPath,
  type SyncOutcome,
  socketNames,
  statusPath,
  syncPath,
  unitPath,
} from "./types.ts";

/**
 * The client gets an AgentError that a handler throws. Any other error goes to `onError`, and the client learns only of a
 * bug.
 */
export interface AgentHandlers {
  readStatus(): Promise<Status>;
  readHistory(): Promise<History>;
  readUnit(name: string): Promise<UnitDetails>;
  /** Syncs now; if a sync is under way, waits for it first. */
  runSync(request: SyncRequest): Promise<SyncOutcome>;
}

export interface ServeOptions {
  /** Is created when it is missing. Readers must be able to enter it. */
  readonly runtimeDirectory: string;
  /** Group that may read the status besides the user of the agent and root; null: nobody else may. */
  readonly readersGroupId: number | null;
  readonly handlers: AgentHandlers;
  readonly events: EventSource;
  readonly onError: (error: unknown) => void;
}

export interface AgentServer {
  /** Removes the sockets, gives answers that are under way two seconds to end, then cuts them off. */
  close(): Promise<void>;
}

const closeGraceMs = 2000;
/** Limits for all clients of a socket together: Node cannot tell which user has connected (SO_PEERCRED). */
const maxReaders = 96;
const maxRoots = 96;
/** Of the connections of each socket. The others are left for questions. */
const maxStreams = 64;
/** The agent rests three times as long as an answer took: readers of status.sock get at most a quarter of its time. */
const readersRestFactor = 3;
const fullNoticePauseMs = 15 * 60_000;

/**
 * Serves until closed. control.sock also answers questions, so that users who may change something can read when other
 * readers fill status.sock.
 * @throws AgentError `agent-locked` when another process serves there, `conflict`, `host-write-failed`
 */
export async function serveAgent(options: ServeOptions): Promise<AgentServer> {
  const { runtimeDirectory, readersGroupId, handlers, events, onError } = options;
  const eventsRoute = {
    method: "GET",
    path: eventsPath,
    stream: (socket: Socket, { query, lastEventId }: RequestHead) =>
      streamEvents(socket, events, {
        after: parseEventId(lastEventId ?? query.get("after")),
        follow: query.get("follow") !== "no",
      }),
  } as const;
  const readStatus = shareWork(async () => encode(await handlers.readStatus()));
  const readHistory = shareWork(async () => encode(await handlers.readHistory()));
  const readUnit = async (query: URLSearchParams) => encode(await handlers.readUnit(query.get("name") ?? ""));
  const reading = new HttpServer({
    routes: [
      { method: "GET", path: statusPath, run: shareWork(readStatus, readersRestFactor) },
      { method: "GET", path: historyPath, run: shareWork(readHistory, readersRestFactor) },
      { method: "GET", path: unitPath, run: queueWork(readUnit, readersRestFactor) },
      eventsRoute,
    ],
    maxConnections: maxReaders,
    maxStreams,
    onError,
  });
  const changing = new HttpServer({
    routes: [
      { method: "GET", path: statusPath, run: readStatus },
      { method: "GET", path: historyPath, run: readHistory },
      { method: "GET", path: unitPath, run: readUnit },
      eventsRoute,
      {
        method: "POST",
        path: syncPath,
        run: async (query) => encode(await handlers.runSync(parseSyncRequest(query))),
      },
    ],
    maxConnections: maxRoots,
    maxStreams,
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
  const closeReading = await openSocket(
    reading,
    socketNames.status,
    readersGroupId === null ? 0o600 : 0o660,
    readersGroupId,
  );
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

/** Reports at most every 15 minutes, so that a flood of connections does not fill the log. */
function noticeOnceInAWhile(message: string, onError: (error: unknown) => void): () => void {
  let lastMs = Number.NEGATIVE_INFINITY;
  return () => {
    if (performance.now() - lastMs < fullNoticePauseMs) return;
    lastMs = performance.now();
    onError(new Error(`${message}; some were turned away`));
  };
}
