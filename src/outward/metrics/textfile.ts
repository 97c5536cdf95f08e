/** Writes the metrics as a file for node_exporter, again and again. Must not know what is in it. */
import path from "node:path";
import type { AgentEvent } from "../../core/model/events.ts";
import type { Clock } from "../../core/ports/run.ts";
import { writeFileAtomically } from "../../lib/atomic-file.ts";

const fileName = "gitops-agent.prom";
const intervalMs = 30_000;
/** Its own, since the listener may work while the directory is missing. */
const sinkName = "metrics-textfile";

export interface TextfileOptions {
  /** The directory of node_exporter's textfile collector, which reads only whole files: they are replaced atomically. */
  readonly directory: string;
  readonly clock: Clock;
  make(): Promise<string>;
  tell(event: AgentEvent): void;
}

/** Writes until the signal aborts. A file that cannot be written is reported once, and tried again every 30 seconds. */
export async function writeTextfiles(
  { directory, clock, make, tell }: TextfileOptions,
  signal: AbortSignal,
): Promise<void> {
  const file = path.join(directory, fileName);
  let isFailing = false;
  while (!signal.aborted) {
    try {
      await writeFileAtomically(file, Buffer.from(await make()), { mode: 0o644 });
      if (isFailing) tell({ type: "sink.recovered", sink: sinkName, lost: 0 });
      isFailing = false;
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      if (!isFailing) tell({ type: "sink.failed", sink: sinkName, reason });
      isFailing = true;
    }
    await clock.sleep(intervalMs, signal);
  }
}
