/** What a look sees of the files that concern the managed units. Pure data only. */
import type { Observed } from "../model/observed.ts";

export interface SeenFiles extends Pick<Observed, "files" | "foreignDropIns"> {
  /** Other drop-ins that systemd reads for units of git: by a prefix, a type, an alias, or from a package. Path → units. */
  readonly wideDropIns: ReadonlyMap<string, readonly string[]>;
  /** Drop-ins from packages: those of the units looked at, or, when all is looked at, all that there are. */
  readonly vendorDropIns: readonly string[];
  /** Links of others that enable a unit of git: path → unit. */
  readonly links: ReadonlyMap<string, string>;
  /** Masks of others for managed units. */
  readonly masks: readonly string[];
}
