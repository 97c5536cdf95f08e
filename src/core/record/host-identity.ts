/**
 * Which host an inventory belongs to. The name of a host decides what a revision says for it. Under another name most of
 * what is applied would look as if it had been removed from git. Pure; must not know where the name comes from.
 */
import { AgentError } from "../model/errors.ts";
import type { Inventory } from "../model/inventory.ts";

/**
 * The inventory with the name of its host. It keeps its name. It gets the name of this host when it has none yet, as in an
 * inventory of an earlier version, or when it owns nothing that could be removed under another name.
 * @param accepted true when a person says that the inventory belongs to `host` from now on
 * @returns the same object when nothing changes
 */
export function claimHost(inventory: Inventory, host: string, accepted: boolean): Inventory {
  const isOthers = inventory.host !== null && inventory.host !== host && ownsSomething(inventory);
  if (inventory.host === host || (isOthers && !accepted)) return inventory;
  return { ...inventory, host };
}

/** The error `host-changed` for an inventory that belongs to another name; null when it belongs to this one. */
export function explainOtherHost(inventory: Inventory, host: string): AgentError | null {
  if (inventory.host === null || claimHost(inventory, host, false).host === host) return null;
  const before = inventory.host;
  return new AgentError(
    "host-changed",
    `what is applied here belongs to ${before}, and this host is now ${host}`,
    {
      subject: host,
      hint:
        `nothing is changed; if the name is wrong, set host: ${before} in agent.yaml (or hostnamectl hostname ${before}) ` +
        `and run systemctl restart gitops-agent; if this host is to be ${host} from now on: gitops-agent sync --accept-host`,
    },
  );
}

function ownsSomething({ revision, applying, files, units, credentials }: Inventory): boolean {
  const count = Object.keys(files).length + Object.keys(units).length + credentials.length;
  return revision !== null || applying !== null || count > 0;
}
