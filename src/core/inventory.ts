/** The inventory before the first sync. Pure data. */
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
  adoptable: [],
  files: {},
  units: {},
  generation: null,
  credentials: [],
  credentialsFrom: null,
};
