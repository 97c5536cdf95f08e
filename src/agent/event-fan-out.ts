/**
 * Gives every event to several sinks. A sink that fails or is slow holds up neither the agent nor another sink. Must not
 * know what a sink does with an event.
 */
import type { AgentEvent } from "../core/model/events.ts";
import type { EventSink, NamedSink } from "../core/ports/run.ts";

/** An apply to a thousand units emits a few thousand events. A sink that is more events behind than this is too slow. */
const maxWaiting = 5_000;

/**
 * Each sink gets the events one after the other, in their order. A sink that returns a promise gets the next event when the
 * promise has ended. Until then events wait; when more than 5,000 wait, the oldest is dropped for this sink. When a sink
 * begins to lose events, the other sinks get one `sink.failed`. When it works again, all sinks get `sink.recovered` with
 * the number of lost events.
 */
export class EventFanOut implements EventSink {
  readonly #feeds: readonly Feed[];

  constructor(sinks: readonly NamedSink[]) {
    this.#feeds = sinks.map(
      (sink) =>
        new Feed(sink, (event, receivers) => {
          for (const feed of this.#feeds) if (receivers === "all" || feed.sink !== sink) feed.take(event);
        }),
    );
  }

  /** Does not wait, and never throws. A sink without promises has got the event when this returns. */
  emit(event: AgentEvent): void {
    for (const feed of this.#feeds) feed.take(event);
  }
}

type Tell = (event: AgentEvent, receivers: "all" | "others") => void;

class Feed {
  readonly sink: NamedSink;
  readonly #tell: Tell;
  readonly #waiting: AgentEvent[] = [];
  #isDelivering = false;
  #isFailing = false;
  #lost = 0;

  constructor(sink: NamedSink, tell: Tell) {
    this.sink = sink;
    this.#tell = tell;
  }

  take(event: AgentEvent): void {
    this.#waiting.push(event);
    if (!this.#isDelivering) void this.#deliver();
    if (this.#waiting.length <= maxWaiting) return;
    const [oldest] = this.#waiting.splice(0, 1);
    if (oldest !== undefined) this.#lose(oldest, `more than ${maxWaiting} events wait for it`);
  }

  /** Delivers what waits. Everything up to the first promise happens before this returns. */
  async #deliver(): Promise<void> {
    this.#isDelivering = true;
    for (let event = this.#waiting.shift(); event !== undefined; event = this.#waiting.shift()) {
      try {
        const pending = this.sink.emit(event);
        if (pending instanceof Promise) await pending;
        this.#recover(event);
      } catch (error) {
        this.#lose(event, error instanceof Error ? error.message : String(error));
      }
    }
    this.#isDelivering = false;
  }

  #lose(event: AgentEvent, reason: string): void {
    this.#lost += 1;
    if (this.#isFailing || isAboutSinks(event)) return;
    this.#isFailing = true;
    this.#tell({ type: "sink.failed", sink: this.sink.name, reason }, "others");
  }

  /** A sink that still has waiting events has not recovered: it may lose more. */
  #recover(event: AgentEvent): void {
    if (!this.#isFailing || this.#waiting.length > 0 || isAboutSinks(event)) return;
    const lost = this.#lost;
    this.#isFailing = false;
    this.#lost = 0;
    this.#tell({ type: "sink.recovered", sink: this.sink.name, lost }, "all");
  }
}

/** The loss of such an event is not reported: two failing sinks would otherwise cause reports about each other for ever. */
function isAboutSinks({ type }: AgentEvent): boolean {
  return type === "sink.failed" || type === "sink.recovered";
}
