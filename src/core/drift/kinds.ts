/** The table of the kinds of drift: where each is seen, what it means, and how it is told and corrected. Pure data. */

import type { DriftKind, DriftLayer } from "../model/drift.ts";

/**
 * `failed`: the host is degraded, and the alert is an error. `differs`: the host has drifted, and the alert is a warning.
 * `noted`: shown and logged as a notice, without effect on headline and exit code.
 */
export type DriftWeight = "failed" | "differs" | "noted";

export interface DriftKindRow {
  readonly layer: DriftLayer;
  /** One sentence for people. */
  readonly means: string;
  /** What `drift: correct` does; null when only people can do something. */
  readonly corrected: string | null;
  readonly weight: DriftWeight;
  /** Whether it must last for the grace before it is told: what is over sooner was a restart in between. */
  readonly hasGrace: boolean;
}

const putBack = "the file is backed up and written as git has it, with the least interruption";
const start = "the unit is started";
const startOnce = "its failure is forgotten, and it is started once";
const restart = "the unit is restarted";

const row = (
  layer: DriftLayer,
  weight: DriftWeight,
  means: string,
  corrected: string | null,
): DriftKindRow => ({
  layer,
  weight,
  means,
  corrected,
  hasGrace: layer === "runtime" || layer === "manager",
});

export const driftKinds: Readonly<Record<DriftKind, DriftKindRow>> = {
  modified: row("files", "differs", "The content of a file is not what was applied.", putBack),
  missing: row("files", "differs", "A file or link was deleted.", "the file is written again"),
  mode: row("files", "differs", "A file has another mode, owner or group.", "mode and owner are set again"),
  replaced: row("files", "differs", "Something else is at the path: a link, a directory, a device.", putBack),
  "foreign-drop-in": row(
    "files",
    "differs",
    "A drop-in that is not in git changes a managed unit.",
    "the drop-in is backed up and removed, and systemd reloads",
  ),
  disabled: row("enablement", "differs", "A link that enables the unit is gone.", "the link is made again"),
  enabled: row(
    "enablement",
    "differs",
    "A link that git does not have enables the unit.",
    "the link is removed",
  ),
  masked: row("enablement", "differs", "The unit is masked on this host.", "the mask is removed"),
  unmasked: row("enablement", "differs", "The mask that git has is gone.", "the unit is masked again"),
  "needs-reload": row(
    "manager",
    "differs",
    "systemd has an older definition in memory than there is on disk.",
    "systemd reloads its units (daemon-reload)",
  ),
  shadowed: row(
    "manager",
    "differs",
    "systemd has loaded the unit from another file than the agent's.",
    "the other file is backed up and removed, and systemd reloads, if it lies below /etc or /run",
  ),
  "other-settings": row(
    "manager",
    "differs",
    "systemd has loaded other drop-ins for the unit than the agent's.",
    "systemd reloads its units (daemon-reload)",
  ),
  stopped: row("runtime", "failed", "The unit is expected to run, and does not.", start),
  running: row(
    "runtime",
    "differs",
    "The unit runs, and git says that it is stopped.",
    "the unit is stopped",
  ),
  failed: row("runtime", "failed", "The unit failed.", startOnce),
  "start-limit": row(
    "runtime",
    "failed",
    "The unit was started too often in a short time, so that systemd refuses it.",
    "its counter is reset, and the unit is started",
  ),
  watchdog: row(
    "runtime",
    "failed",
    "The unit did not tell that it is alive, and was killed for it.",
    startOnce,
  ),
  looping: row("runtime", "failed", "systemd restarts the unit again and again.", null),
  crashed: row("runtime", "noted", "systemd restarted the unit in the last ten minutes.", null),
  owed: row("runtime", "failed", "The start that the last sync owed the unit was not done.", start),
  "not-listening": row("runtime", "failed", "The socket does not listen.", start),
  "timer-inactive": row("runtime", "failed", "The timer is expected to be active, and is not.", start),
  "timer-never": row("runtime", "differs", "The timer is active, and will never elapse.", null),
  "old-definition": row("runtime", "failed", "The unit still runs with an older definition.", restart),
  "old-credentials": row("runtime", "failed", "The unit still runs with older credentials.", restart),
  "credential-missing": row(
    "credentials",
    "differs",
    "A decrypted secret is gone from /run.",
    "it is decrypted again",
  ),
  "credential-modified": row(
    "credentials",
    "differs",
    "A decrypted secret in /run is not what was decrypted.",
    "it is decrypted again",
  ),
};
