/** The inventory before the first sync. Pure data. */
import { emptyActionLog } from "./actions.ts";
import type { Inventory } from "./state.ts";

/** Owns nothing, has applied nothing. */
export const emptyInventory: Inventory = {
  version: 1,
  host: null,
  revision: null,
  appliedAt: null,
  loadedAtUs: 0,
  reloadOwed: false,
  applying: null,
  settling: [],
  runningBefore: [],
  leaving: [],
  retired: [],
  actions: emptyActionLog,
  unfinished: [],
  originals: {},
  takenOver: {},
  removedTimers: [],
  adoptable: [],
  files: {},
  units: {},
  generation: null,
  credentials: [],
  credentialsFrom: null,
};
