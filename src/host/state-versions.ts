/**
 * The version of each state file that this agent writes; it reads that one and those before. The Debian package refuses to be
 * installed over a newer one.
 */
export const stateVersions = {
  "inventory.json": 1,
  "intent.json": 2,
  "sync.json": 2,
  "history.json": 1,
  "alerts.json": 1,
} as const;
