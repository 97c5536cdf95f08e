/** Reads the event stream of the agent. Must not connect again by itself: the caller knows whether it wants to go on. */
import { type IncomingMessage, request } from "node:http";
import type { StreamedEvent } from "../core/model/streamed-event.ts";
import { eventsPath } from "./types.ts";

export interface EventsQuestion {
  readonly socketPath: string;
  /** The last event that is known; null: all that the agent has kept. */
  readonly after: Pick<StreamedEvent, "run" | "id"> | null;
  /** False: ends after the kept events. */
  readonly follow: boolean;
  readonly onEvent: (event: StreamedEvent) => void;
  readonly signal: AbortSignal;
}

/** Far more than one event has. */
const maxEventBytes = 1024 * 1024;

/**
 * Hands over one event after the other. Resolves when the agent ends the stream, or when the signal aborts.
 * @throws Error of the system when the agent cannot be reached; an Error when what answers is no event stream
 */
export async function readEvents(question: EventsQuestion): Promise<void> {
  const { signal } = question;
  try {
    const response = await open(question);
    if (response.statusCode !== 200) throw new Error(`the agent answered ${response.statusCode}`);
    await readAll(response, question);
  } catch (error) {
    if (!signal.aborted) throw error;
  }
}

function open({ socketPath, after, follow, signal }: EventsQuestion): Promise<IncomingMessage> {
  const headers = after === null ? {} : { "last-event-id": `${after.run}/${after.id}` };
  const path = follow ? eventsPath : `${eventsPath}?follow=no`;
  return new Promise((resolve, reject) => {
    const outgoing = request({ socketPath, method: "GET", path, headers, signal, agent: false });
    outgoing.once("response", resolve);
    outgoing.once("error", reject);
    outgoing.end();
  });
}

async function readAll(response: IncomingMessage, { onEvent }: EventsQuestion): Promise<void> {
  let text = "";
  response.setEncoding("utf8");
  for await (const chunk of response) {
    text += String(chunk);
    if (text.length > maxEventBytes) throw new Error("the agent's event is too long");
    const blocks = text.split("\n\n");
    text = blocks.pop() ?? "";
    for (const block of blocks) {
      const data = block.split("\n").find((line) => line.startsWith("data: "));
      if (data !== undefined) onEvent(JSON.parse(data.slice("data: ".length)) as StreamedEvent);
    }
  }
}
