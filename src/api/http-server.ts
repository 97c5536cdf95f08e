/**
 * A small JSON-over-HTTP server. No client can make it use much memory or time: a connection may make one request, and
 * there are limits on connections, bytes and time. It uses node:net, because node:http reads and keeps all requests that a
 * client sends ahead. Must not know the agent.
 */
import { STATUS_CODES } from "node:http";
import { createServer, type Server, type Socket } from "node:net";
import { AgentError } from "../core/model/errors.ts";
import { type HeadProblem, type RequestHead, readRequestHead } from "./request-head.ts";
import { apiVersion, type ErrorReply } from "./types.ts";

interface AnswerRoute {
  readonly method: "GET" | "POST";
  readonly path: string;
  /** Gives the JSON of the answer. It has no time limit, and goes on when the client disconnects. */
  readonly run: (query: URLSearchParams) => Promise<Uint8Array>;
}

interface StreamRoute {
  readonly method: "GET";
  readonly path: string;
  /** Writes the whole answer itself. Resolves when the connection is over. */
  readonly stream: (socket: Socket, head: RequestHead) => Promise<void>;
}

export type Route = AnswerRoute | StreamRoute;

export interface HttpServerOptions {
  readonly routes: readonly Route[];
  /** Further connections are closed at once. */
  readonly maxConnections: number;
  /** Of these, so many may have a stream. A further one is answered with 503. */
  readonly maxStreams: number;
  /** Is called with errors that clients do not see: bugs, and errors of the server itself. */
  readonly onError: (error: unknown) => void;
}

interface Answer {
  readonly status: number;
  readonly body: Uint8Array;
  readonly allow?: string;
}

/** How long a client may take to read its answer. */
const answerTimeoutMs = 10_000;

/** Answers requests by the routes that it gets. The caller makes `server` listen. */
export class HttpServer {
  /** Does not listen yet; the caller starts that. */
  readonly server: Server;
  readonly #connections = new Set<Socket>();
  readonly #streams = new Set<Socket>();

  constructor({ routes, maxConnections, maxStreams, onError }: HttpServerOptions) {
    // Half open: a client may close its sending side after the request, and still gets its answer.
    this.server = createServer({ allowHalfOpen: true }, (socket) => {
      this.#connections.add(socket);
      socket.once("close", () => this.#connections.delete(socket));
      // A client that disconnects is no error to report. The event `close` follows.
      socket.on("error", () => undefined);
      this.#serve(socket, routes, maxStreams, onError).catch(onError);
    });
    this.server.maxConnections = maxConnections;
  }

  async #serve(
    socket: Socket,
    routes: readonly Route[],
    maxStreams: number,
    onError: (error: unknown) => void,
  ): Promise<void> {
    const head = await readRequestHead(socket);
    if (head === null) return void socket.destroy();
    if (typeof head === "number") return send(socket, refuse(head));
    const route = routes.find(({ method, path }) => method === head.method && path === head.path);
    if (route === undefined || !("stream" in route)) return send(socket, await answer(routes, head, onError));
    if (this.#streams.size >= maxStreams) return send(socket, tooManyStreams());
    this.#streams.add(socket);
    try {
      await route.stream(socket, head);
    } finally {
      this.#streams.delete(socket);
    }
  }

  /**
   * Accepts no more connections and ends all streams. Gives answers that are under way `graceMs` milliseconds to end, then cuts
   * them off.
   */
  async close(graceMs: number): Promise<void> {
    for (const socket of this.#streams) socket.destroy();
    const closed = new Promise<void>((resolve) => this.server.close(() => resolve()));
    const timer = setTimeout(() => {
      for (const socket of this.#connections) socket.destroy();
    }, graceMs);
    await closed;
    clearTimeout(timer);
  }
}

function refuse(status: HeadProblem): Answer {
  const message = `the request is not acceptable: ${STATUS_CODES[status] ?? ""}`;
  return errorAnswer(status, "bad-request", message, null);
}

async function answer(
  routes: readonly Route[],
  { method, path, query, hasBody }: RequestHead,
  onError: (error: unknown) => void,
): Promise<Answer> {
  const there = routes.filter((candidate) => candidate.path === path);
  if (there.length === 0) {
    return errorAnswer(404, "not-found", `there is no ${path} here`, pathsHint(routes));
  }
  const route = there.find((candidate) => candidate.method === method);
  if (route === undefined || !("run" in route)) {
    const allow = there.map((candidate) => candidate.method).join(", ");
    const message = `${path} does not know ${method}`;
    return { ...errorAnswer(405, "method-not-allowed", message, `use ${allow}`), allow };
  }
  if (hasBody) return errorAnswer(400, "bad-request", `${path} takes no body`, null);
  return runRoute(route, query, onError);
}

async function runRoute(
  route: AnswerRoute,
  query: URLSearchParams,
  onError: (error: unknown) => void,
): Promise<Answer> {
  try {
    return { status: 200, body: await route.run(query) };
  } catch (error) {
    if (error instanceof AgentError) {
      return errorAnswer(503, error.code, error.message, error.hint ?? null);
    }
    onError(error);
    const hint = "the agent's log has the details: journalctl -u gitops-agent";
    return errorAnswer(500, "bug", "the agent failed by a bug of its own", hint);
  }
}

function tooManyStreams(): Answer {
  const hint = "end one of them: ss -xp shows who is connected";
  return errorAnswer(503, "too-many-streams", "too many readers follow the events", hint);
}

function pathsHint(routes: readonly Route[]): string {
  return `this socket knows ${routes.map((route) => `${route.method} ${route.path}`).join(", ")}`;
}

function errorAnswer(status: number, code: string, message: string, hint: string | null): Answer {
  const reply: ErrorReply = { version: apiVersion, error: { code, message, hint } };
  return { status, body: Buffer.from(JSON.stringify(reply)) };
}

/**
 * Writes the answer and closes the connection. Does not copy the body, so that many clients with the same answer need it
 * once.
 */
function send(socket: Socket, { status, body, allow }: Answer): void {
  const timer = setTimeout(() => socket.destroy(), answerTimeoutMs);
  socket.once("close", () => clearTimeout(timer));
  const lines = [
    `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ""}`,
    "content-type: application/json; charset=utf-8",
    `content-length: ${body.byteLength}`,
    "cache-control: no-store",
    "connection: close",
    ...(allow === undefined ? [] : [`allow: ${allow}`]),
  ];
  socket.write(`${lines.join("\r\n")}\r\n\r\n`);
  // The client can still read what was written: the kernel keeps it.
  socket.end(body, () => socket.destroy());
}
