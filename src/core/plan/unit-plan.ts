/** What the unit half of the plan is made from, and what it consists of. Pure data only. */

import type { Desired } from "../model/desired.ts";
import type { Inventory } from "../model/inventory.ts";
import type { ObservedUnit, Ties } from "../model/observed.ts";
import type { Explanation, Spared, Step } from "../model/plan.ts";
import type { RefreshStep, UnitStep } from "./interruption.ts";

export interface UnitPlan {
  /** Units that a fresh boot of the revision would have running. */
  readonly expected: ReadonlySet<string>;
  /** Units and templates that git took away, in this plan or earlier in the same attempt. */
  readonly leaving: readonly string[];
  /** Jobs under the old definition, before files change. */
  readonly stops: readonly UnitStep[];
  readonly refreshes: readonly RefreshStep[];
  /** Removed units that systemd still lists as failed. */
  readonly resets: readonly Extract<Step, { kind: "reset-failed" }>[];
  /** Jobs after the daemon-reload: services of changed sockets are stopped first, the rest is one batch. */
  readonly lateStops: readonly UnitStep[];
  readonly jobs: readonly UnitStep[];
  readonly spared: readonly Spared[];
  readonly explanations: readonly Explanation[];
}

export interface UnitPlanInput {
  readonly desired: Desired;
  readonly applied: Inventory;
  readonly observed: ReadonlyMap<string, ObservedUnit>;
  /** As loaded, and as the revision makes them. */
  readonly ties: Ties;
  readonly isProtected: (unit: string) => boolean;
  readonly prune: boolean;
  /** Units with a file that differs on the host from what git has, also after this plan. */
  readonly editedUnits: ReadonlySet<string>;
  /** Units all of whose files were found identical on the host: what runs is taken to run this definition. */
  readonly adoptedUnits: ReadonlySet<string>;
  /** Units (or templates) with a file that is written or adopted. */
  readonly rewrittenUnits: ReadonlySet<string>;
}
