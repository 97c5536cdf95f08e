/** How the inventory changes while hooks of managed files are carried out. Pure. */

import type { HostFile } from "../model/desired.ts";
import type { Hook } from "../model/hook.ts";
import type { AppliedFile, Inventory } from "../model/inventory.ts";
import { isSameHook } from "../plan/hooks.ts";

/**
 * The inventory after hooks were carried out well; those that failed are still owed.
 * @param done which of the owed ones
 */
export function recordHooks(applied: Inventory, done: (hook: Hook) => boolean): Inventory {
  const owedHooks = applied.owedHooks.filter(({ hook }) => !done(hook));
  return { ...applied, owedHooks };
}

/** The owed hooks that an apply leaves to the next one: a hook that no file names any more has had its turn. */
export function listLastingHooks({ owedHooks, files }: Inventory): Inventory["owedHooks"] {
  if (owedHooks.length === 0) return owedHooks;
  const named = Object.values(files).flatMap(({ hooks = [] }) => hooks);
  return owedHooks.filter(({ hook }) => named.some((one) => isSameHook(one, hook)));
}

/** Whether the rules name other hooks for the file than the inventory has. */
export function hasOtherHooks(file: HostFile, { hooks: known = [] }: AppliedFile): boolean {
  const wanted = file.hooks ?? [];
  if (wanted.length !== known.length) return true;
  return wanted.some((hook, index) => {
    const before = known[index];
    return before === undefined || !isSameHook(hook, before);
  });
}
