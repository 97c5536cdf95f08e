/**
 * Judges one managed unit: whether, by what systemd says now, it does what the applied revision expects of it. Pure.
 *
 * It cannot be known who stopped a unit, so no message says so.
 */
import type { Finding, FindingWord } from "../model/finding.ts";
import type { AppliedUnit } from "../model/inventory.ts";
import type { ActiveState } from "../model/unit-state.ts";
import type { MainExit, UnitGlance, UnitStatus } from "../model/unit-status.ts";
import { isTrue, lastValue } from "../units/definition.ts";
import { judgeRestarts } from "./restart-loop.ts";
import { describeEnd } from "./unit-end.ts";

/**
 * Finds what is wrong with a unit.
 * @param applied null for a unit that the inventory does not know
 * @param nowUs microseconds since the epoch
 * @param hasDrift whether files of the unit have drifted: then the drift is reported, and not that the unit runs with the
 *   edit
 * @returns null when all is well: the unit runs, or has done its work, or its condition is not met, or it is not expected
 *   to run
 */
export function judgeUnit(
  applied: AppliedUnit | null,
  unit: UnitStatus,
  nowUs: number,
  hasDrift: boolean,
): Finding | null {
  if (unit.activeState === "failed") return bad("failed", `failed${inBrackets(endOf(unit))}`);
  const restarted = unit.service === null ? null : judgeRestarts(unit.service, nowUs);
  const isBetweenRuns = isAutoRestart(unit);
  if (restarted?.isLoop === true) {
    const { last } = restarted;
    const end = last === null ? (isBetweenRuns ? endOf(unit) : "") : describeEnd(last.result, last.exit);
    return bad("looping", `is restarted by systemd again and again${inBrackets(end)}`);
  }
  if (isBetweenRuns) {
    return bad("crashed", `ended${inBrackets(endOf(unit))}, and waits for systemd to start it again`);
  }
  if (isUp(unit.activeState)) {
    if (applied !== null && stillRunsOld(applied, unit)) {
      if (applied.startedWith !== "edited") return bad("owed", "still runs its old definition");
      if (!hasDrift)
        return bad("owed", "still runs an edit of its files that is gone; the next sync restarts it");
    }
    if (restarted === null) return null;
    const end = restarted.last === null ? "" : describeEnd(restarted.last.result, restarted.last.exit);
    return { word: "crashed", message: `was restarted by systemd${inBrackets(end)}`, degrades: false };
  }
  if (applied === null || !applied.expected || unit.activeState !== "inactive" || unit.job !== null)
    return null;
  return judgeIdle(applied, unit);
}

/** Judges an expected unit that is inactive and has no job. */
function judgeIdle(applied: AppliedUnit, unit: UnitStatus): Finding | null {
  if (unit.loadState !== "loaded") {
    const why = unit.loadState === "masked" ? "is masked" : `cannot be loaded (${unit.loadState})`;
    return bad("stopped", `${why} on this host, and is expected to run`);
  }
  if (unit.unmet === "condition") return null;
  if (unit.unmet === "assertion") return bad("failed", "was not started: an assertion (Assert…=) is not met");
  if (hasEndedWell(applied, unit)) return null;
  if (applied.startedWith === "never") return bad("owed", "was not started yet, and is expected to run");
  return bad("stopped", `${describeStop(applied, unit)}, and is expected to run`);
}

/**
 * Whether a service has done its work and ended by itself with success. A process that systemd stops ends after its unit
 * has begun to go down; one that ends by itself ends before that (measured on systemd 252 and 257).
 */
export function hasEndedWell(applied: AppliedUnit, unit: UnitStatus): boolean {
  const { service } = unit;
  if (service === null || unit.activeState !== "inactive") return false;
  if (remainsAfterExit(applied)) return false;
  const isOneshot = lastValue(applied.definition.settings, "Service.Type") === "oneshot";
  // systemd unloads a unit that is down and that nothing refers to, and then no longer knows how it ended.
  if (service.mainExit === null) return isOneshot && applied.startedWith !== "never";
  return endedWithSuccess(service.mainExit, applied) && (isOneshot || service.mainEndUs <= unit.activeExitUs);
}

/** Uses the exit status, because a failure that was reset (`systemctl reset-failed`) has the result of a success. */
function endedWithSuccess(exit: MainExit, { definition }: AppliedUnit): boolean {
  const isStatusSuccess = exit.status === 0 || definition.settings["Service.SuccessExitStatus"] !== undefined;
  return exit.how === "exited" && isStatusSuccess;
}

function describeStop(applied: AppliedUnit, unit: UnitStatus): string {
  if (unit.inactiveEnterUs === 0) return "does not run";
  const exit = unit.service?.mainExit ?? null;
  const wasToldTo = (unit.service?.mainEndUs ?? 0) > unit.activeExitUs;
  if (exit === null || wasToldTo || remainsAfterExit(applied)) return "was stopped";
  return exit.how === "exited"
    ? `ended with exit status ${exit.status}`
    : `was killed by signal ${exit.status}`;
}

function remainsAfterExit({ definition }: AppliedUnit): boolean {
  return isTrue(lastValue(definition.settings, "Service.RemainAfterExit"));
}

function stillRunsOld(applied: AppliedUnit, unit: UnitStatus): boolean {
  if (applied.startedWith === "same" || applied.pending !== null) return false;
  return unit.invocationId !== null && unit.invocationId === applied.invocationId;
}

/**
 * Whether the list of units does not show if the unit is well, so that its properties have to be read.
 * @param glance null for a unit that systemd does not have in memory
 */
export function deservesLook(applied: AppliedUnit, glance: UnitGlance | null): boolean {
  if (applied.startedWith !== "same" && applied.pending === null && applied.expected) return true;
  if (glance === null) return applied.expected;
  if (glance.activeState === "failed" || isAutoRestart(glance)) return true;
  return glance.activeState === "inactive" && applied.expected && glance.job === null;
}

/** Whether systemd waits to restart the service: `auto-restart`, and since systemd 254 also `auto-restart-queued`. */
function isAutoRestart({ subState }: Pick<UnitGlance, "subState">): boolean {
  return subState.startsWith("auto-restart");
}

function isUp(state: ActiveState): boolean {
  return state === "active" || state === "reloading" || state === "refreshing";
}

function endOf(unit: UnitStatus): string {
  return describeEnd(unit.result, unit.service?.mainExit ?? null);
}

function inBrackets(text: string): string {
  return text === "" ? "" : ` (${text})`;
}

function bad(word: FindingWord, message: string): Finding {
  return { word, message, degrades: true };
}
