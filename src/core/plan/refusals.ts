/**
 * Refuses a plan although none of its files is in conflict: when the revision defines a protected unit, or when it
 * would remove so many units that it is probably a mistake. Pure.
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
  /** How many of a host's units a revision may remove: percent, 0 to 100. */
  readonly pruneLimitPercent: number;
  /** Whether a person allowed the agent to take over the path although another file is there. */
  readonly mayAdopt: (path: string) => boolean;
}

/** The smallest number of removals that is refused, however few units the host has. */
export const minRefusedRemovals = 3;

const namesInMessage = 3;

/** The policy for a revision whose removals a person has allowed. */
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
 * Refuses a revision that removes all units of the host, or more of them than the limit: this is usually a wrong
 * branch, name or directory. An attempt that has begun is not refused again, and neither is the rollback from it.
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
  // Secrets that are left in the repository extend units, but do not define any.
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
