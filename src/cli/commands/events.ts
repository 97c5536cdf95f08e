/** `gitops-agent events`: prints what the agent has done of late, and goes on with what it does. */
import { setTimeout as delay } from "node:timers/promises";
import { connectAgent } from "../../api/client.ts";
import { AgentError, ExitCode } from "../../core/model/errors.ts";
import type { StreamedEvent } from "../../core/model/streamed-event.ts";
import { parseDurationMs } from "../../lib/duration.ts";
import type { AgentFile } from "../agent-file.ts";
import { formatStreamedEvent } from "../compose-event-line.ts";
import { findRuntimeDirectory } from "../compose-sockets.ts";
import { stopWithTheReader } from "../interrupt.ts";
import { writeText } from "../output.ts";

export interface EventsOptions {
  readonly config: AgentFile;
  readonly json: boolean;
  readonly follow: boolean;
  /** A span before now, or a time; null: all that the agent has kept. */
  readonly since: string | null;
}

const retryMs = 1_000;

/**
 * Prints the events that the agent has kept since its start, one line each. With `follow` also those that come, until it is
 * interrupted; an agent that is restarted is waited for.
 * @param units only events about these; empty: all
 * @throws AgentError `usage`, `agent-unreachable`
 */
export async function runEvents(units: readonly string[], options: EventsOptions): Promise<ExitCode> {
  const sinceMs = options.since === null ? 0 : findSinceMs(options.since, Date.now());
  const agent = connectAgent(await findRuntimeDirectory(options.config));
  const { signal } = stopWithTheReader();
  let last: StreamedEvent | null = null;
  const onEvent = (event: StreamedEvent) => {
    last = event;
    if (Date.parse(event.at) < sinceMs || !isShown(event, units)) return;
    writeText(options.json ? `${JSON.stringify(event)}\n` : formatStreamedEvent(event));
  };
  await agent.followEvents({ after: null, follow: options.follow, onEvent }, signal);
  while (options.follow && !signal.aborted) {
    process.stderr.write("the agent has ended the stream; waiting for it\n");
    await reconnect(() => agent.followEvents({ after: last, follow: true, onEvent }, signal), signal);
  }
  return ExitCode.inSync;
}

/** Tries again until a stream was open, and has ended. */
async function reconnect(open: () => Promise<void>, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    await delay(retryMs, undefined, { signal }).catch(() => undefined);
    try {
      await open();
      return;
    } catch (error) {
      if (!(error instanceof AgentError)) throw error;
    }
  }
}

/** What only `sync` shows is left out here. */
function isShown({ event, fields }: StreamedEvent, units: readonly string[]): boolean {
  if (event === "round.entered") return false;
  return units.length === 0 || units.includes(String(fields["unit"] ?? ""));
}

function findSinceMs(since: string, nowMs: number): number {
  const span = parseDurationMs(since);
  const time = span === null ? Date.parse(since) : nowMs - span;
  if (!Number.isNaN(time)) return time;
  throw new AgentError("usage", `${since} is neither a time span nor a time`, {
    hint: "write for instance 10min, 2h or 2026-12-01T08:00",
  });
}
