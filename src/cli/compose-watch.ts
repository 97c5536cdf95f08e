/** What notices changes of the host between rounds: the watch on its directories, and systemd's signals. For the daemon only. */
import { WatchPlaces } from "../core/drift/watch-places.ts";
import type { LookScope } from "../core/model/drift.ts";
import { emptyInventory, type Inventory } from "../core/model/inventory.ts";
import { HostWatch } from "../watch/host-watch.ts";
import type { Composition } from "./compose.ts";

export interface HostEvents {
  /** Watches the units, files and credentials of this inventory from now on. */
  follow(inventory: Inventory): void;
}

/** Calls `onHint` for what may have changed, until `signal` aborts. Nothing is watched before the first `follow`. */
export function watchHost(
  { ports, watchUnits }: Pick<Composition, "ports" | "watchUnits">,
  onHint: (scope: LookScope) => void,
  signal: AbortSignal,
): HostEvents {
  const { layout, events } = ports;
  let followed = emptyInventory;
  let places = new WatchPlaces(followed, layout);
  const watch = new HostWatch({
    onHint,
    onIncomplete: (error) =>
      events.emit({
        type: "agent.warned",
        message: "not every directory can be watched: drift there is found only by the audit at each round",
        reason: `${error instanceof Error ? error.message : String(error)} (see fs.inotify.max_user_watches)`,
      }),
  });
  signal.addEventListener("abort", () => watch.close(), { once: true });
  watchUnits({ unitsOf: (name) => places.unitsOf(name), onHint }, signal);
  return {
    follow: (inventory) => {
      const isSame = inventory === followed || places.areOf(inventory);
      followed = inventory;
      if (isSame) {
        watch.retry();
        return;
      }
      places = new WatchPlaces(inventory, layout);
      watch.update(places);
    },
  };
}
