/**
 * What forbids a plan although every file of it is fine: units that must stay as they are, and a revision that would
 * remove more than anybody is likely to mean. Pure.
 */

import type { Desired, EntryRole } from "../model/desired.ts";
import type { Inventory } from "../model/inventory.ts";
import type { Refusal } from "../model/plan.ts";
import { hintForProtected, listProtectedClaims } from "./protection.ts";

export interface RefusalPolicy {
  readonly isProtected: (unit: string) => boolean;
  readonly prune: boolean;
  /** Whether a revision without any unit may remove everything. */
  readonly allowEmpty: boolean;
  /** How much of its units a revision may take from a host: percent, 0 to 100. */
  readonly pruneLimitPercent: number;
  /** Whether a person allowed the agent to take over the path although something else stands there. */
  readonly mayAdopt: (path: string) => boolean;
}

/** Fewer removals are nothing to ask about, however few units there are. */
export const minRefusedRemovals = 3;

const namesInMessage = 3;

/** The policy for a revision of which a person says that it may remove what it does. */
export function allowPrune<Policy extends RefusalPolicy>(policy: Policy): Policy {
  return { ...policy, allowEmpty: true, pruneLimitPercent: 100 };
}

export function refuseProtected(desired: Desired, policy: RefusalPolicy): readonly Refusal[] {
  return listProtectedClaims(desired, policy.isProtected).map(({ name, origin }) => ({
    code: "protected" as const,
    subject: name,
    message: `${origin} defines ${name}, which is protected: a push must not lock you out`,
    hint: hintForProtected(name),
  }));
}

/**
 * A revision that gives the host nothing any more, or far less than before, is more often a wrong branch, name or
 * directory than a wish. Asked once: what has begun, and the way back from it, is not asked about again.
 */
export function refuseLoss(desired: Desired, applied: Inventory, policy: RefusalPolicy): readonly Refusal[] {
  if (Object.keys(applied.units).length === 0 || isUnderWay(desired, applied)) return [];
  if (isEmpty(desired, applied)) return policy.allowEmpty ? [] : [refuseEmpty(applied)];
  return policy.prune ? refuseOverLimit(desired, applied, policy.pruneLimitPercent) : [];
}

function isUnderWay({ revision }: Desired, applied: Inventory): boolean {
  if (applied.applying === null) return false;
  return [applied.applying.commit, applied.revision?.commit].includes(revision.commit);
}

function isEmpty(desired: Desired, applied: Inventory): boolean {
  // Secrets that were left behind extend units, but make none.
  const holdsUnits = holdsUnitFile(desired.files.values()) || !holdsUnitFile(Object.values(applied.files));
  return !holdsUnits || desired.units.size === 0;
}

function holdsUnitFile(files: Iterable<{ readonly role: EntryRole }>): boolean {
  return [...files].some(({ role }) => !["credentials", "file", "stamp"].includes(role));
}

function refuseEmpty(applied: Inventory): Refusal {
  return {
    code: "empty",
    subject: "units",
    message: `the revision holds no unit for this host, and would remove all ${Object.keys(applied.units).length}`,
    hint: "if that is meant, set allow-empty: true in the host's agent.yaml, or for once: gitops-agent sync --allow-prune",
  };
}

function refuseOverLimit(desired: Desired, applied: Inventory, limitPercent: number): readonly Refusal[] {
  const owned = Object.keys(applied.units).filter((name) => applied.units[name]?.declared === true);
  const gone = owned.filter((name) => !desired.units.has(name)).sort();
  if (gone.length < minRefusedRemovals || gone.length * 100 <= limitPercent * owned.length) return [];
  const more = gone.length - namesInMessage;
  const names = gone.slice(0, namesInMessage).join(", ");
  return [
    {
      code: "prune-limit",
      subject: "units",
      message: `the revision would remove ${gone.length} of ${owned.length} units of this host: ${names}${more > 0 ? ` and ${more} more` : ""}`,
      hint: "if that is meant: gitops-agent sync --allow-prune; if not, look whether a directory was moved or renamed, and push a fix (prune-limit in agent.yaml says how much is asked about)",
    },
  ];
}
