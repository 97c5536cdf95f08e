/** What the unit half of the plan is made from, and what it consists of. Pure data only. */

import type { Corrections } from "../model/correction.ts";
import type { Desired } from "../model/desired.ts";
import type { Inventory } from "../model/inventory.ts";
import type { Observed, ObservedUnit, Ties } from "../model/observed.ts";
import type { Explanation, Spared, Step } from "../model/plan.ts";
import type { FoundDefinition } from "./found-definitions.ts";
import type { RefreshStep, UnitStep } from "./interruption.ts";

export interface UnitPlan {
  /** Units that would run after a fresh boot of the revision. */
  readonly expected: ReadonlySet<string>;
  /** Units and templates that git removed, in this plan or earlier in the same attempt. */
  readonly leaving: readonly string[];
  /** Stops before files change, so with the old definitions. */
  readonly stops: readonly UnitStep[];
  readonly refreshes: readonly RefreshStep[];
  /** Removed units that systemd still lists as failed. */
  readonly resets: readonly Extract<Step, { kind: "reset-failed" }>[];
  /**
   * Stops after the daemon-reload and before `jobs`: services of changed sockets, for instance. `jobs` is one batch.
   */
  readonly lateStops: readonly UnitStep[];
  readonly jobs: readonly UnitStep[];
  readonly spared: readonly Spared[];
  readonly explanations: readonly Explanation[];
}

export interface UnitPlanInput {
  readonly desired: Desired;
  readonly applied: Inventory;
  readonly observed: ReadonlyMap<string, ObservedUnit>;
  /** The ties that systemd has loaded, and those that the revision defines. */
  readonly ties: Ties;
  readonly isProtected: (unit: string) => boolean;
  readonly prune: boolean;
  /** Units with a file on the host that differs from git, and that this plan does not change. */
  readonly editedUnits: ReadonlySet<string>;
  /** Drop-ins that are not in git: path → the settings that each decides. */
  readonly overrides: Observed["overrides"];
  /** Units and templates that are new in git, and that the distribution has with the same file. */
  readonly foundDefinitions: ReadonlyMap<string, FoundDefinition>;
  /** Units whose files were all found identical on the host. A unit that runs is taken to run this definition. */
  readonly adoptedUnits: ReadonlySet<string>;
  /** Units or templates with a file that this plan writes, restores or adopts. */
  readonly rewrittenUnits: ReadonlySet<string>;
  /** Set: the plan only puts back what has drifted. Null: it brings the host to the revision. */
  readonly corrections: Corrections | null;
}
