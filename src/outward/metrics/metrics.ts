/**
 * Metrics for Prometheus: over HTTP, and as a file for node_exporter. The agent's numbers come from its events, those of the host
 * from its Status at the moment that somebody asks. Must not keep numbers of its own about the host.
 */
import type { IncomingMessage, ServerResponse } from "node:http";
import { Registry } from "prom-client";
import type { AgentEvent } from "../../core/model/events.ts";
import type { AgentAccess, Integration } from "../../core/ports/integration.ts";
import type { Clock } from "../../core/ports/run.ts";
import { shareWork } from "../../lib/shared-work.ts";
import { HttpListener, type Listen, sendText } from "../http-listener.ts";
import { EventMetrics } from "./event-metrics.ts";
import { addProcessMetrics } from "./process-metrics.ts";
import { StatusMetrics } from "./status-metrics.ts";
import { writeTextfiles } from "./textfile.ts";

/** At most a quarter of the time goes into answers, however many ask. */
const restFactor = 3;

export interface MetricsOptions {
  /** Null: nothing listens. */
  readonly listen: Listen | null;
  /** Null: no file is written. */
  readonly textfileDirectory: string | null;
  readonly clock: Clock;
  /** A monotonic clock, milliseconds. */
  nowMs(): number;
}

export class Metrics implements Integration {
  readonly name = "metrics";
  readonly #options: MetricsOptions;
  readonly #registry = new Registry();
  readonly #events: EventMetrics;
  readonly #statuses: StatusMetrics;
  readonly #stop = new AbortController();
  #listener: HttpListener | null = null;
  #writing: Promise<void> | null = null;

  constructor(options: MetricsOptions) {
    this.#options = options;
    this.#events = new EventMetrics(this.#registry, () => options.nowMs());
    this.#statuses = new StatusMetrics(this.#registry);
    addProcessMetrics(this.#registry);
  }

  emit(event: AgentEvent): void {
    this.#events.take(event);
  }

  async start(agent: AgentAccess): Promise<void> {
    const { listen, textfileDirectory, clock } = this.#options;
    const tell = (event: AgentEvent) => agent.tell(event);
    // Two Statuses at a time would set the same gauges.
    const make = shareWork(async () => {
      this.#statuses.show(await agent.readStatus());
      return await this.#registry.metrics();
    }, restFactor);
    if (textfileDirectory !== null) {
      this.#writing = writeTextfiles({ directory: textfileDirectory, make, tell, clock }, this.#stop.signal);
    }
    if (listen === null) return;
    const answer = (request: IncomingMessage, response: ServerResponse) =>
      answerScrape(request, response, make, this.#registry.contentType);
    this.#listener = new HttpListener({ name: this.name, listen, answer, tell, clock });
    await this.#listener.open();
  }

  async close(): Promise<void> {
    this.#stop.abort();
    await Promise.all([this.#listener?.close(), this.#writing]);
  }
}

async function answerScrape(
  { method, url }: IncomingMessage,
  response: ServerResponse,
  read: () => Promise<string>,
  contentType: string,
): Promise<void> {
  if (url?.split("?")[0] !== "/metrics") return sendText(response, 404, "metrics are at /metrics\n");
  if (method !== "GET" && method !== "HEAD") return sendText(response, 405, "only GET\n");
  sendText(response, 200, await read(), contentType);
}
