/** The meter of rounds, with what it reads. Must cost nothing where nobody reads its figures. */
import { RoundMeter } from "../agent/round-meter.ts";
import type { LogSettings } from "../core/model/log-settings.ts";
import type { HostFiles } from "../host/host-files.ts";
import { countProcesses } from "../lib/process-count.ts";
import type { SystemdManager } from "../systemd/manager.ts";

/** The edges that count for themselves. */
export interface CountingEdges {
  readonly manager: Pick<SystemdManager, "busCalls">;
  readonly files: Pick<HostFiles, "filesRead">;
}

/** Null unless the log shows what it measures. */
export function createMeter({ level }: LogSettings, { manager, files }: CountingEdges): RoundMeter | null {
  if (level !== "debug") return null;
  const processesStarted = countProcesses();
  return new RoundMeter({
    nowMs: () => performance.now(),
    cpuMs: () => {
      const { user, system } = process.cpuUsage();
      return (user + system) / 1000;
    },
    counts: () => ({
      busCalls: manager.busCalls,
      filesRead: files.filesRead,
      processesStarted: processesStarted(),
    }),
  });
}
