/**
 * Publishes the status of the units to RabbitMQ at an interval, and what happens as it happens. While the broker is away the newest status
 * of each unit waits, and a bounded number of events. Must not judge: the messages say what the Status says.
 */
import type { AgentEvent } from "../../core/model/events.ts";
import type { AmqpSettings } from "../../core/model/integration-settings.ts";
import type { PublishedMessage } from "../../core/model/published.ts";
import type { AgentAccess, Integration } from "../../core/ports/integration.ts";
import type { Clock } from "../../core/ports/run.ts";
import { makeMessages } from "../../core/record/publish.ts";
import { Delivery, type Sent } from "../delivery.ts";
import type { Broker } from "./broker.ts";

const maxWaiting = 10_000;
const closeGraceMs = 3_000;

export interface PublisherOptions {
  readonly broker: Broker;
  readonly settings: Pick<AmqpSettings, "intervalMs" | "per" | "others" | "events">;
  readonly host: string;
  /** Level and fields of an event, as the log has them. */
  describe(event: AgentEvent): Pick<Extract<PublishedMessage, { kind: "event" }>, "level" | "fields">;
  readonly clock: Clock;
  random(): number;
  /** A name that no other message has. */
  makeId(): string;
}

export class Publisher implements Integration {
  readonly name = "amqp";
  readonly #options: PublisherOptions;
  readonly #stop = new AbortController();
  #delivery: Delivery<PublishedMessage> | null = null;
  #publishing: Promise<void> | null = null;
  /** Events of before the start. */
  #early: AgentEvent[] = [];

  constructor(options: PublisherOptions) {
    this.#options = options;
  }

  emit(event: AgentEvent): void {
    if (!this.#options.settings.events || isNoise(event)) return;
    if (this.#delivery === null) this.#early.push(event);
    else this.#delivery.push(this.#makeEvent(event));
  }

  async start(agent: AgentAccess): Promise<void> {
    const { clock, random } = this.#options;
    const delivery = new Delivery<PublishedMessage>({
      name: this.name,
      limit: maxWaiting,
      keyOf: findKey,
      send: (message) => this.#send(message),
      tell: (event) => agent.tell(event),
      clock,
      random: () => random(),
    });
    this.#delivery = delivery;
    for (const event of this.#early) delivery.push(this.#makeEvent(event));
    this.#early = [];
    this.#publishing = this.#publish(agent, delivery);
  }

  async close(): Promise<void> {
    this.#stop.abort();
    await this.#publishing;
    await this.#delivery?.close(closeGraceMs);
    this.#options.broker.close();
  }

  async #publish(agent: AgentAccess, delivery: Delivery<PublishedMessage>): Promise<void> {
    const { clock, settings } = this.#options;
    const { intervalMs, per, others } = settings;
    const { signal } = this.#stop;
    while (!signal.aborted) {
      try {
        const status = await agent.readStatus();
        const rest = others.length === 0 ? [] : await agent.readOthers(others);
        for (const message of makeMessages(status, rest, per)) delivery.push(message);
      } catch {
        // systemd does not answer, which the status says; or the state cannot be read, which the agent reports.
      }
      await clock.sleep(intervalMs, signal);
    }
  }

  async #send(message: PublishedMessage): Promise<Sent> {
    const { broker, makeId } = this.#options;
    await broker.send({
      id: makeId(),
      type: message.kind,
      routingKey: makeRoutingKey(message),
      body: JSON.stringify(message),
      timestamp: Math.floor(Date.parse(message.at) / 1_000),
    });
    return { outcome: "sent" };
  }

  #makeEvent(event: AgentEvent): PublishedMessage {
    const { host, clock, describe } = this.#options;
    const at = new Date(clock.now()).toISOString();
    return { version: 1, kind: "event", host, at, event: event.type, ...describe(event) };
  }
}

/** What comes at every poll, and says nothing about the host. */
function isNoise(event: AgentEvent): boolean {
  if (event.type === "repository.polled") return !event.news;
  return event.type === "round.entered" || event.type === "round.measured";
}

/** A status is worth nothing when there is a newer one. */
function findKey(message: PublishedMessage): string | null {
  if (message.kind === "event") return null;
  return message.kind === "unit" ? `unit ${message.unit}` : "host";
}

/** `gitops.HOST.unit.NAME`, `gitops.HOST.host`, `gitops.HOST.event.NAME`: dots in a host's name are dashes, as dots part words. */
function makeRoutingKey(message: PublishedMessage): string {
  const start = `gitops.${message.host.replaceAll(".", "-")}.${message.kind}`;
  if (message.kind === "host") return start;
  return message.kind === "unit" ? `${start}.${message.unit}` : `${start}.${message.event}`;
}
