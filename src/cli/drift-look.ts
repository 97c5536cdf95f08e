/** A look at this host for drift, by the command itself, for when no daemon runs. Changes nothing. */
import { HostLook } from "../agent/look.ts";
import type { Status } from "../core/model/status.ts";
import type { StatePort } from "../core/ports/state.ts";
import type { Composition } from "./compose.ts";
import { version } from "./version.ts";

/** The status, with the drift that a look at all of the host finds. */
export async function lookForDrift(composition: Composition): Promise<Status> {
  const { config, ports } = composition;
  const status = await composition.readStatus({
    running: false,
    pid: null,
    version,
    startedAt: null,
    stateFailure: null,
  });
  const host = new HostLook({ ...ports, state: withoutSaving(ports.state) }, config.drift);
  const { drift, lookFailure } = await host.look("all", await ports.state.loadSyncRecord());
  return { ...status, systemd: { failure: lookFailure }, drift };
}

/** Only the one who holds the lock may save. */
function withoutSaving(state: StatePort): StatePort {
  const nothing = async () => undefined;
  return {
    loadInventory: () => state.loadInventory(),
    loadSyncRecord: () => state.loadSyncRecord(),
    loadIntent: () => state.loadIntent(),
    saveInventory: nothing,
    saveSyncRecord: nothing,
    saveIntent: nothing,
  };
}
