/**
 * Keeps the last events of the agent in memory, and hands new ones to whoever listens. Must not wait for a listener, and must
 * not know how events travel.
 */
import type { AgentEvent } from "../core/model/events.ts";
import type { StreamedEvent } from "../core/model/streamed-event.ts";
import type { NamedSink } from "../core/ports/run.ts";
import { fieldsOf } from "./fields.ts";
import { levelOf } from "./levels.ts";

/** A sync of some hundred units emits as many. */
const keptEvents = 1_000;
/** Characters of all kept events as JSON: a reader that comes gets no more than this at once. */
const keptLength = 512 * 1024;
const maxTextLength = 1_000;
const maxListedValues = 20;

export type EventListener = (event: StreamedEvent) => void;

interface KeptEvent {
  readonly event: StreamedEvent;
  /** As JSON, in characters. */
  readonly length: number;
}

export class EventRing implements NamedSink {
  readonly name = "event stream";
  readonly #run: string;
  readonly #now: () => number;
  readonly #events: KeptEvent[] = [];
  readonly #listeners = new Set<EventListener>();
  #last = 0;
  #length = 0;

  /**
   * @param run when the agent was started, ISO 8601
   * @param now milliseconds since the epoch
   */
  constructor(run: string, now: () => number) {
    this.#run = run;
    this.#now = now;
  }

  emit(event: AgentEvent): void {
    if (isNoise(event)) return;
    this.#last += 1;
    const streamed: StreamedEvent = {
      version: 1,
      id: this.#last,
      run: this.#run,
      at: new Date(this.#now()).toISOString(),
      level: levelOf(event),
      event: event.type,
      fields: limitFields(event),
    };
    this.#keep(streamed);
    for (const listener of this.#listeners) listener(streamed);
  }

  /**
   * The kept events after one, oldest first.
   * @param after the last one that the reader has; null, or one of another run: all that are kept
   */
  listAfter(after: Pick<StreamedEvent, "run" | "id"> | null): readonly StreamedEvent[] {
    const kept = this.#events.map(({ event }) => event);
    return after === null || after.run !== this.#run ? kept : kept.filter(({ id }) => id > after.id);
  }

  /** @returns a function that ends the listening */
  listen(listener: EventListener): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Keeps an event, and forgets the oldest ones that there is no room for. */
  #keep(event: StreamedEvent): void {
    const { length } = JSON.stringify(event);
    this.#events.push({ event, length });
    this.#length += length;
    while (this.#events.length > keptEvents || this.#length > keptLength) {
      this.#length -= this.#events.shift()?.length ?? 0;
    }
  }
}

/** What comes at every poll, and says nothing about the host. */
function isNoise(event: AgentEvent): boolean {
  if (event.type === "round.entered") return event.phase === "fetch" || event.phase === "finish";
  return event.type === "round.measured" || (event.type === "repository.polled" && !event.news);
}

function limitFields(event: AgentEvent): StreamedEvent["fields"] {
  const limit = (text: string) => text.slice(0, maxTextLength);
  return Object.fromEntries(
    Object.entries(fieldsOf(event)).map(([key, value]) => {
      if (typeof value === "object") return [key, value.slice(0, maxListedValues).map(limit)];
      return [key, typeof value === "string" ? limit(value) : value];
    }),
  );
}
