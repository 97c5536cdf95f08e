/** What `uninstall` says, as text. */
import type { Inventory } from "../../core/model/inventory.ts";
import { escapeUnprintable } from "../../lib/printable.ts";
import { countOf } from "./quantities.ts";

type Applied = Pick<Inventory, "units" | "credentials">;

/** What a purge deletes, and what that means for the services that get secrets. */
export function renderPurge(remains: readonly string[], { credentials }: Applied): string {
  const consumers = [...new Set(credentials.map(({ unit }) => unit))].sort();
  const lines = remains.map((path) => `  ${escapeUnprintable(path)}\n`).join("");
  const secrets =
    consumers.length === 0
      ? ""
      : `and the decrypted secrets. These do not start again without them: ${escapeUnprintable(consumers.join(", "))}\n`;
  return `to be deleted:\n${lines}${secrets}`;
}

/** What goes on without the agent. */
export function renderStays({ units, credentials }: Applied, isPurged: boolean): string {
  const count = Object.values(units).filter(({ owned }) => owned).length;
  const restored = credentials.length > 0 && !isPurged;
  const lines = [
    `${countOf(count, "unit")} of git stay${count === 1 ? "s" : ""} as ${count === 1 ? "it is" : "they are"}, also at boot; nothing follows the repository any more`,
    ...(restored
      ? ["gitops-agent-credentials.service stays enabled: it gives services their secrets at boot"]
      : []),
    isPurged
      ? "the program stays: remove it by the package manager that installed it"
      : "state and keys stay: gitops-agent init takes them up again, and gitops-agent uninstall --purge deletes them",
  ];
  return `${lines.join("\n")}\n`;
}
