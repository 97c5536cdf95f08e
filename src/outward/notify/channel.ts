/**
 * One entry of `notify`: what it has told, and the message that is on its way. There is never more than one. While the other
 * side does not answer, nothing is piled up: what is to be said next follows from how things are then.
 */
import { planMessage, recordSent } from "../../core/alerts/plan-message.ts";
import type { Alert, AlertMessage, ChannelMemory } from "../../core/model/alert.ts";
import type { AgentEvent } from "../../core/model/events.ts";
import type { ChannelSettings } from "../../core/model/notify-settings.ts";
import type { Clock } from "../../core/ports/run.ts";
import { Delivery, type Sent } from "../delivery.ts";
import { type MessageContext, makeOutgoing } from "./message-text.ts";
import type { Outgoing, Transport } from "./transport.ts";

export interface ChannelOptions {
  readonly settings: ChannelSettings;
  readonly transport: Transport;
  readonly memory: ChannelMemory;
  readonly context: Pick<MessageContext, "host" | "nameCommands">;
  readonly clock: Clock;
  random(): number;
  tell(event: AgentEvent): void;
  /** The message is done with, and the memory is another one. The next message is sent after this. */
  onSettled(): Promise<void>;
}

interface Item {
  readonly message: AlertMessage;
  readonly outgoing: Outgoing;
}

export class Channel {
  readonly name: string;
  readonly #options: ChannelOptions;
  readonly #delivery: Delivery<Item>;
  #memory: ChannelMemory;
  #isSending = false;

  constructor(options: ChannelOptions) {
    const { settings, clock, memory } = options;
    this.name = settings.name;
    this.#options = options;
    this.#memory = memory;
    this.#delivery = new Delivery({
      name: `notify ${settings.name}`,
      // The next one may come in the moment in which the first is done.
      limit: 2,
      send: (item, signal) => this.#send(item, signal),
      tell: (event) => options.tell(event),
      clock,
      random: () => options.random(),
    });
  }

  get memory(): ChannelMemory {
    return this.#memory;
  }

  /**
   * Sends what is to be said now, and does not wait for it.
   * @returns when it has to be asked again although nothing changes, milliseconds since the epoch; null: not before that
   */
  consider(present: readonly Alert[] | null): number | null {
    if (this.#isSending) return null;
    const nowMs = this.#options.clock.now();
    const { settings, context } = this.#options;
    const { message, memory, dueMs } = planMessage({ rules: settings, memory: this.#memory, present, nowMs });
    this.#memory = memory;
    if (message === null) return dueMs;
    this.#isSending = true;
    const outgoing = makeOutgoing(message, { ...context, channel: settings.name, nowMs });
    this.#delivery.push({ message, outgoing });
    return null;
  }

  /** Ends. A message that could not be sent until then is made anew at the next start. */
  close(graceMs: number): Promise<void> {
    return this.#delivery.close(graceMs);
  }

  async #send({ message, outgoing }: Item, signal: AbortSignal): Promise<Sent> {
    const sent = await this.#options.transport.send(outgoing, signal);
    if (sent.outcome === "later") return sent;
    this.#memory = recordSent(this.#memory, message, this.#options.clock.now());
    this.#isSending = false;
    await this.#options.onSettled();
    return sent;
  }
}
