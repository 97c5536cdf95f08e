/** A small JSON-over-HTTP server with limits on everything a client sends. Must not know the agent. */
import {
  createServer,
  type IncomingMessage,
  type Server,
  type ServerResponse,
  STATUS_CODES,
} from "node:http";
import type { Duplex } from "node:stream";
import { AgentError } from "../core/errors.ts";
import { errnoOf } from "../lib/system-error.ts";
import { apiVersion, type ErrorReply } from "./types.ts";

export interface Route {
  readonly method: "GET" | "POST";
  readonly path: string;
  /** Gives the body of the answer. May take as long as it wants; a client that leaves does not end it. */
  readonly run: (query: URLSearchParams) => Promise<object>;
}

const maxHeaderBytes = 8192;
const headersTimeoutMs = 5000;
const requestTimeoutMs = 10_000;
const idleTimeoutMs = 30_000;
const checkIntervalMs = 2000;
const maxConnections = 64;

/**
 * Not listening yet.
 * @param onError gets what no client is told: errors that are bugs, and those of the server itself
 */
export function createHttpServer(routes: readonly Route[], onError: (error: unknown) => void): Server {
  const server = createServer({
    maxHeaderSize: maxHeaderBytes,
    headersTimeout: headersTimeoutMs,
    requestTimeout: requestTimeoutMs,
    connectionsCheckingInterval: checkIntervalMs,
  });
  server.maxConnections = maxConnections;
  server.timeout = idleTimeoutMs;
  server.on("request", (request, response) => {
    answer(routes, request, response, onError).catch(onError);
  });
  server.on("clientError", (error, socket) => refuseUnreadable(error, socket));
  return server;
}

async function answer(
  routes: readonly Route[],
  request: IncomingMessage,
  response: ServerResponse,
  onError: (error: unknown) => void,
): Promise<void> {
  const [requestPath = "", query = ""] = (request.url ?? "").split("?", 2);
  const route = routes.find((candidate) => candidate.path === requestPath);
  if (route === undefined) {
    return send(response, 404, errorReply("not-found", `there is no ${requestPath} here`, pathsHint(routes)));
  }
  if (request.method !== route.method) {
    response.setHeader("allow", route.method);
    const message = `${requestPath} does not know ${request.method}`;
    return send(response, 405, errorReply("method-not-allowed", message, `use ${route.method}`));
  }
  if (await hasBody(request)) {
    return send(response, 400, errorReply("bad-request", `${requestPath} takes no body`, null));
  }
  // From here on it is us who take the time.
  request.socket.setTimeout(0);
  await runRoute(route, new URLSearchParams(query), response, onError);
}

async function runRoute(
  route: Route,
  query: URLSearchParams,
  response: ServerResponse,
  onError: (error: unknown) => void,
): Promise<void> {
  let body: string;
  try {
    body = JSON.stringify(await route.run(query));
  } catch (error) {
    if (error instanceof AgentError) {
      return send(response, 503, errorReply(error.code, error.message, error.hint ?? null));
    }
    onError(error);
    const hint = "the agent's log has the details: journalctl -u gitops-agent";
    return send(response, 500, errorReply("bug", "the agent failed by a bug of its own", hint));
  }
  sendText(response, 200, body);
}

/** True as soon as the first byte of a body comes; the rest is not read. */
async function hasBody(request: IncomingMessage): Promise<boolean> {
  for await (const _chunk of request.iterator({ destroyOnReturn: false })) return true;
  return false;
}

function pathsHint(routes: readonly Route[]): string {
  return `this socket knows ${routes.map((route) => `${route.method} ${route.path}`).join(", ")}`;
}

function errorReply(code: string, message: string, hint: string | null): ErrorReply {
  return { version: apiVersion, error: { code, message, hint } };
}

function send(response: ServerResponse, status: number, body: ErrorReply): void {
  sendText(response, status, JSON.stringify(body));
}

function sendText(response: ServerResponse, status: number, body: string): void {
  response.writeHead(status, headersFor(body));
  response.end(body);
}

function headersFor(body: string): Record<string, string> {
  return {
    "content-type": "application/json; charset=utf-8",
    "content-length": String(Buffer.byteLength(body)),
    "cache-control": "no-store",
    connection: "close",
  };
}

/** Answers what is not HTTP, or too much or too slow of it; there is no request to answer to. */
function refuseUnreadable(error: Error, socket: Duplex): void {
  if (!socket.writable) {
    socket.destroy();
    return;
  }
  const status = unreadableStatuses.get(errnoOf(error) ?? "") ?? 400;
  const reason = STATUS_CODES[status] ?? "";
  const body = JSON.stringify(errorReply("bad-request", `the request is not acceptable: ${reason}`, null));
  const headers = Object.entries(headersFor(body)).map(([name, value]) => `${name}: ${value}\r\n`);
  socket.end(`HTTP/1.1 ${status} ${reason}\r\n${headers.join("")}\r\n${body}`);
}

const unreadableStatuses: ReadonlyMap<string, number> = new Map([
  ["HPE_HEADER_OVERFLOW", 431],
  ["ERR_HTTP_REQUEST_TIMEOUT", 408],
]);
