/**
 * Writes events to one reader as server-sent events (the EventSource of HTML), until the reader goes or does not read. Must
 * not keep more than a few events for a reader: who does not read is cut off, and asks again for what is missing.
 */
import type { Socket } from "node:net";
import type { StreamedEvent } from "../core/model/streamed-event.ts";

/** Where events come from; see EventRing. */
export interface EventSource {
  listAfter(after: Pick<StreamedEvent, "run" | "id"> | null): readonly StreamedEvent[];
  listen(listener: (event: StreamedEvent) => void): () => void;
}

export interface StreamRequest {
  /** The last event that the reader has; null for none. */
  readonly after: Pick<StreamedEvent, "run" | "id"> | null;
  /** False: the kept events, and no new ones. */
  readonly follow: boolean;
}

/** What the kernel has taken does not count. All kept events together are less. */
const maxUnreadBytes = 1024 * 1024;
/** So that a reader notices when the agent's host is gone, and the agent when the reader is. */
const heartbeatMs = 15_000;

const head = [
  "HTTP/1.1 200 OK",
  "content-type: text/event-stream; charset=utf-8",
  "cache-control: no-store",
  "connection: close",
].join("\r\n");

/** Sends the kept events after `after`, then new ones. Resolves when the connection is over. */
export function streamEvents(
  socket: Socket,
  source: EventSource,
  { after, follow }: StreamRequest,
): Promise<void> {
  return new Promise((resolve) => {
    const write = (text: string) => {
      if (socket.destroyed) return;
      socket.write(text);
      if (socket.writableLength > maxUnreadBytes) socket.destroy();
    };
    write(`${head}\r\n\r\n`);
    for (const event of source.listAfter(after)) write(format(event));
    if (!follow) {
      socket.end(() => socket.destroy());
      socket.once("close", () => resolve());
      return;
    }
    const stop = source.listen((event) => write(format(event)));
    const heartbeat = setInterval(() => write(": still here\n\n"), heartbeatMs);
    // The head was read by now, and a reader has nothing more to say: its end means that it is gone.
    socket.once("end", () => socket.destroy());
    socket.resume();
    socket.once("close", () => {
      clearInterval(heartbeat);
      stop();
      resolve();
    });
  });
}

function format(event: StreamedEvent): string {
  return `id: ${event.run}/${event.id}\nevent: ${event.event}\ndata: ${JSON.stringify(event)}\n\n`;
}

/** `RUN/ID` as `format` writes it; null for anything else. */
export function parseEventId(text: string | null): Pick<StreamedEvent, "run" | "id"> | null {
  const [, run, id] = /^([^/]{1,40})\/(\d{1,15})$/.exec(text ?? "") ?? [];
  return run === undefined ? null : { run, id: Number(id) };
}
