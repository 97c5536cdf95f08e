/**
 * Listens for HTTP requests from outside, with limits on everything that a client can use up. Must not know what is asked. It uses
 * node:http, as clients such as Prometheus keep their connections; the agent's own sockets do not (api/http-server.ts).
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AgentEvent } from "../core/model/events.ts";
import type { Clock } from "../core/ports/run.ts";

const maxConnections = 32;
const maxHeaderBytes = 8 * 1024;
const headersTimeoutMs = 5_000;
const requestTimeoutMs = 10_000;
const keepAliveTimeoutMs = 5_000;
/** Without it a client that does not read its answer would keep its connection. An answer may take as long to be made. */
const silenceTimeoutMs = 30_000;
/** How often the first two limits of time are looked at; Node's default is 30 seconds. */
const checkIntervalMs = 5_000;
const retryMs = 30_000;

/**
 * Makes a server listen.
 * @returns a function that takes away what listening left behind; it does not close the server
 * @throws any error that says why it cannot listen
 */
export type Listen = (server: Server) => Promise<() => Promise<void>>;

export interface HttpListenerOptions {
  /** The integration's name in `sink.failed` and `sink.recovered`. */
  readonly name: string;
  readonly listen: Listen;
  /** Answers one request. What it throws is answered with 500, and reported, once until a request is answered again. */
  answer(request: IncomingMessage, response: ServerResponse): Promise<void>;
  tell(event: AgentEvent): void;
  readonly clock: Clock;
}

/** An address that is taken is reported once, and tried again every 30 seconds. */
export class HttpListener {
  readonly #options: HttpListenerOptions;
  readonly #stop = new AbortController();
  #server: Server | null = null;
  #cleanUp: () => Promise<void> = async () => {};
  #opening: Promise<void> | null = null;
  /** The last request was not answered. */
  #isFailing = false;

  constructor(options: HttpListenerOptions) {
    this.#options = options;
  }

  /** Resolves when it listens, or the first try has failed. */
  async open(): Promise<void> {
    if (await this.#tryToListen(true)) return;
    this.#opening = this.#tryAgain();
  }

  async close(): Promise<void> {
    this.#stop.abort();
    await this.#opening;
    const server = this.#server;
    if (server === null) return;
    await this.#cleanUp();
    server.closeAllConnections();
    await new Promise<void>((resolve) => server.close(() => resolve()));
  }

  async #tryAgain(): Promise<void> {
    const { clock, name, tell } = this.#options;
    while (!this.#stop.signal.aborted) {
      await clock.sleep(retryMs, this.#stop.signal);
      if (this.#stop.signal.aborted || !(await this.#tryToListen(false))) continue;
      tell({ type: "sink.recovered", sink: name, lost: 0 });
      return;
    }
  }

  async #tryToListen(isFirst: boolean): Promise<boolean> {
    const { listen, name, tell } = this.#options;
    const server = this.#makeServer();
    try {
      this.#cleanUp = await listen(server);
      this.#server = server;
      return true;
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      if (isFirst) tell({ type: "sink.failed", sink: name, reason });
      return false;
    }
  }

  #makeServer(): Server {
    const server = createServer(
      {
        maxHeaderSize: maxHeaderBytes,
        headersTimeout: headersTimeoutMs,
        requestTimeout: requestTimeoutMs,
        keepAliveTimeout: keepAliveTimeoutMs,
        connectionsCheckingInterval: checkIntervalMs,
      },
      (request, response) => void this.#answer(request, response),
    );
    server.maxConnections = maxConnections;
    server.setTimeout(silenceTimeoutMs);
    server.on("error", () => undefined);
    return server;
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { answer, name, tell } = this.#options;
    try {
      await answer(request, response);
      this.#isFailing = false;
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      if (!this.#isFailing)
        tell({ type: "agent.warned", message: `${name}: a request was not answered`, reason });
      this.#isFailing = true;
      if (!response.headersSent) sendText(response, 500, "error\n");
      response.destroy();
    }
  }
}

export function sendText(
  response: ServerResponse,
  status: number,
  text: string,
  contentType = "text/plain; charset=utf-8",
): void {
  response.writeHead(status, { "content-type": contentType, "content-length": Buffer.byteLength(text) });
  response.end(text);
}
