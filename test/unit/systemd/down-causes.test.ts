import { expect, test } from "vitest";
import { hasEndedByItself, type LastRun } from "../../../src/systemd/read/down-causes.ts";

/** A service that became active at 100, whose process ended at 200, and that left `active` right after. */
const ended: LastRun = {
  inactiveExit: 100,
  activeEnter: 100,
  activeExit: 201,
  mainExit: 200,
  mainCode: 1,
  remainAfterExit: false,
};

test.each<[string, Partial<LastRun>]>([
  ["a service whose process ended before it left active", {}],
  ["one whose process was killed, which SuccessExitStatus= or a clean signal allows", { mainCode: 2 }],
  ["a oneshot that ended and was never active", { activeEnter: 0, activeExit: 0 }],
  ["a oneshot that was active as something else in an earlier run", { activeEnter: 20, activeExit: 30 }],
])("ended by itself: %s", (_, change) => {
  expect(hasEndedByItself({ ...ended, ...change })).toBe(true);
});

test.each<[string, Partial<LastRun>]>([
  ["a service that left active before its process ended", { activeExit: 199 }],
  ["a unit that stays active when its process has ended", { remainAfterExit: true }],
  ["one that was killed on its way to active", { activeEnter: 0, activeExit: 0, mainCode: 2 }],
  ["one without a main process", { mainExit: 0, mainCode: 0 }],
  ["one whose process ended in an earlier run", { inactiveExit: 300, activeEnter: 300, activeExit: 400 }],
])("was stopped, or nobody can tell: %s", (_, change) => {
  expect(hasEndedByItself({ ...ended, ...change })).toBe(false);
});
