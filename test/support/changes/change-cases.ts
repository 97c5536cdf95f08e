/**
 * What a row of the change tests is: a unit before and after a push, and the shell commands that show what the change
 * does. The rows are in change-cases-*.ts; nothing here talks to a machine.
 */
import type { FixtureChanges } from "../git/git-fixture.ts";
import { enabled } from "../texts/unit-texts.ts";

export interface ChangeCase {
  /** A sentence; the test's name. */
  readonly title: string;
  readonly unit: string;
  readonly before: string;
  readonly after: string;
  /** Files of the repository beside the unit, from the first push on. */
  readonly others?: FixtureChanges;
  /**
   * Shell commands after the change. They have $UNIT, $PID (the main process that ran through the change, or started by
   * it), $MARK (the path `/run/mark-%n` of unit files) and `show PROPERTY`.
   */
  readonly act?: string;
  /** Shell commands that must come to succeed within the deadline; the same variables. */
  readonly effect?: string;
}

export interface ChangeGroup {
  readonly title: string;
  /** What becomes of the running unit. */
  readonly fate: "kept" | "restarted";
  readonly cases: readonly ChangeCase[];
}

/** What every script of a row begins with. */
export const scriptPrelude =
  'MARK=/run/mark-$UNIT; show() { systemctl show --property="$1" --value -- "$UNIT"; }\n';

/** An enabled service. `program` runs until it is stopped. */
export function service(body = "", unitSection = "", program = "/bin/sleep infinity"): string {
  return `[Unit]\n${unitSection}\n[Service]\nExecStart=${program}\n${body}\n${enabled}`;
}

/** A service of a row: the text before and after, where only [Service] or only [Unit] differs. */
export function changing(
  unit: string,
  change: { readonly service?: readonly [string, string]; readonly unit?: readonly [string, string] },
  program?: string,
): Pick<ChangeCase, "unit" | "before" | "after"> {
  const [serviceBefore, serviceAfter] = change.service ?? ["", ""];
  const [unitBefore, unitAfter] = change.unit ?? ["", ""];
  return {
    unit,
    before: service(serviceBefore, unitBefore, program),
    after: service(serviceAfter, unitAfter, program),
  };
}

/** A loop in which a signal's trap runs at once. */
export function looping(setUp: string): string {
  return `/bin/bash -c '${setUp}; while :; do sleep 0.1; done'`;
}
