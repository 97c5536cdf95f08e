/** What is measured: for each case the change, what it has to interrupt, and by what systemd shows that it is done. Pure. */
import type { FixtureChanges } from "../../test/support/git/git-fixture.ts";
import {
  describeSecretService,
  describeService,
  describeTimer,
  type Fleet,
  makeFleet,
  nameService,
  type SecretText,
  secretPath,
  secretUnit,
  timerUnits,
} from "./units.ts";

export const caseNames = ["first", "nothing", "one", "200", "secret", "timer", "comment"] as const;
export type CaseName = (typeof caseNames)[number];

export const caseTexts: Readonly<Record<CaseName, string>> = {
  first: "all units come with one push",
  nothing: "a poll finds nothing",
  one: "one service changed",
  200: "200 services changed",
  secret: "the secret of one service changed",
  timer: "one timer changed",
  comment: "a comment in the file of one service changed",
};

/**
 * The end of what is measured: `process`: the last of the units has its new process; `load`: systemd
 * has loaded its unit files anew, which is all that a timer needs; `end`: the tool has ended.
 */
export type Evidence = "process" | "load" | "end";

export interface Change {
  readonly files: FixtureChanges;
  /** Units that have to be interrupted, or started. */
  readonly units: readonly string[];
  readonly evidence: Evidence;
}

/** Whether the case makes sense for so many units. */
export function fits(name: CaseName, { running }: Fleet): boolean {
  return name !== "200" || running >= 200;
}

/**
 * @param revision another number for each run
 * @param secret its content must be another one for each run
 */
export function makeChange(name: CaseName, fleet: Fleet, revision: number, secret: SecretText): Change {
  const firstServices = (count: number) => Array.from({ length: count }, (_, index) => index);
  const changeServices = (count: number): Change => ({
    files: Object.fromEntries(
      firstServices(count).map((index) => [
        `units/${nameService(index)}`,
        describeService(index, revision, true),
      ]),
    ),
    units: firstServices(count).map(nameService),
    evidence: "process",
  });
  switch (name) {
    case "first": {
      const units = firstServices(fleet.running).map(nameService);
      return { files: makeFleet(fleet, secret), units, evidence: "process" };
    }
    case "nothing":
      return { files: {}, units: [], evidence: "end" };
    case "one":
      return changeServices(1);
    case "200":
      return changeServices(200);
    case "secret":
      return { files: { [secretPath]: secret.content }, units: [secretUnit], evidence: "process" };
    case "timer": {
      const [timer = ""] = timerUnits;
      const files = { [`units/${timer}`]: describeTimer(0, 100 + revision) };
      return { files, units: [timer], evidence: "load" };
    }
    case "comment": {
      const files = { [`units/${secretUnit}`]: describeSecretService(secret, revision) };
      return { files, units: [], evidence: "load" };
    }
  }
}
