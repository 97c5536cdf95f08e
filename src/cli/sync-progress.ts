/** Shows on a terminal what a sync is doing, in one line that is drawn anew. Must not change what the sync does. */
import type { AgentClient } from "../api/client.ts";
import { AgentError } from "../core/model/errors.ts";
import type { StreamedEvent } from "../core/model/streamed-event.ts";
import { describeProgress, fitLine } from "./render/progress.ts";

const eraseLine = "\r\u001b[K";
/** Of a terminal that does not tell its size. */
const defaultWidth = 80;

/**
 * Does `work` and meanwhile shows the events of the agent, if there is a terminal. An agent that has no stream of events is no
 * reason to fail.
 * @returns what `work` gives
 */
export async function withProgress<Result>(
  agent: AgentClient,
  screen: NodeJS.WriteStream,
  work: () => Promise<Result>,
): Promise<Result> {
  if (!screen.isTTY) return work();
  const stop = new AbortController();
  const startedAt = new Date().toISOString();
  let last = "";
  const onEvent = (event: StreamedEvent) => {
    const text = event.at < startedAt ? null : describeProgress(event);
    if (text === null || text === last) return;
    last = text;
    screen.write(`${eraseLine}${fitLine(`… ${text}`, screen.columns > 0 ? screen.columns : defaultWidth)}`);
  };
  const following = agent.followEvents({ after: null, follow: true, onEvent }, stop.signal).catch((error) => {
    if (!(error instanceof AgentError)) throw error;
  });
  try {
    return await work();
  } finally {
    stop.abort();
    await following;
    if (last !== "") screen.write(eraseLine);
  }
}
