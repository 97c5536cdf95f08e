/**
 * Finds runtime drift: judges of one managed unit whether, by what systemd says now, it does what the applied revision
 * expects of it. Pure.
 *
 * It cannot be known who stopped a unit, so no message says so.
 */

import type { Definition } from "../model/desired.ts";
import type { RuntimeKind } from "../model/drift.ts";
import type { FindingWord } from "../model/finding.ts";
import type { AppliedUnit } from "../model/inventory.ts";
import type { ActiveState } from "../model/unit-state.ts";
import type { MainExit, UnitGlance, UnitStatus } from "../model/unit-status.ts";
import { isTrue, lastValue } from "../units/definition.ts";
import { diffDefinitions } from "../units/diff.ts";
import { typeOfUnit } from "../units/unit-name.ts";
import { judgeRestarts } from "./restart-loop.ts";
import { describeEnd } from "./unit-end.ts";

export interface Judgement {
  readonly kind: RuntimeKind;
  readonly word: FindingWord;
  /** The text after the unit's name. It has no times and counts. */
  readonly message: string;
}

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
): Judgement | null {
  if (unit.activeState === "failed") return judgeFailed(applied, unit);
  const restarted = unit.service === null ? null : judgeRestarts(unit.service, nowUs);
  const isBetweenRuns = isAutoRestart(unit);
  if (restarted?.isLoop === true) {
    const { last } = restarted;
    const end = last === null ? (isBetweenRuns ? endOf(unit) : "") : describeEnd(last.result, last.exit);
    const message = `is restarted by systemd again and again${inBrackets(end)}`;
    return { kind: "looping", word: "looping", message };
  }
  if (isBetweenRuns) {
    const kind = unit.result === "watchdog" ? "watchdog" : "failed";
    return {
      kind,
      word: "crashed",
      message: `ended${inBrackets(endOf(unit))}, and waits for systemd to start it again`,
    };
  }
  if (isUp(unit.activeState)) {
    if (applied?.stopped === true) {
      return { kind: "running", word: "running", message: "runs, and git says state: stopped" };
    }
    if (neverElapses(applied, unit)) {
      return { kind: "timer-never", word: "idle", message: "is active, and will never elapse" };
    }
    const old = applied === null ? null : judgeOld(applied, unit, hasDrift);
    if (old !== null) return old;
    if (restarted === null) return null;
    const end = restarted.last === null ? "" : describeEnd(restarted.last.result, restarted.last.exit);
    return { kind: "crashed", word: "crashed", message: `was restarted by systemd${inBrackets(end)}` };
  }
  if (applied === null || !applied.expected || unit.activeState !== "inactive" || unit.job !== null)
    return null;
  return judgeIdle(applied, unit);
}

function judgeFailed(applied: AppliedUnit | null, unit: UnitStatus): Judgement {
  const message = `failed${inBrackets(endOf(unit))}`;
  if (unit.result === "start-limit-hit") return { kind: "start-limit", word: "failed", message };
  if (hasHitLimit(applied, unit)) {
    return { kind: "start-limit", word: "failed", message: `${message}, and was started too often` };
  }
  return { kind: unit.result === "watchdog" ? "watchdog" : "failed", word: "failed", message };
}

/** Settings of a timer that count from a run of its unit, and so elapse again after each run. */
const repeating = ["Timer.OnUnitActiveSec", "Timer.OnUnitInactiveSec"];

/**
 * Whether an active timer has nothing more to wait for, although it has never elapsed or should do so again and again. A
 * timer that was meant to elapse once, and did, is well.
 */
function neverElapses(applied: AppliedUnit | null, { timer, subState }: UnitStatus): boolean {
  if (timer === null || subState !== "elapsed" || timer.nextElapseUs !== null) return false;
  const isRepeating = repeating.some((key) => lastValue(applied?.definition.settings ?? {}, key));
  return timer.lastTriggerUs === 0 || isRepeating;
}

/**
 * Whether systemd has given up a service that it has restarted, and that its definition lets it restart after any failure:
 * only the limit of starts is a reason for that. The result is then that of the last run (measured on 252).
 */
function hasHitLimit(applied: AppliedUnit | null, { service, activeExitUs }: UnitStatus): boolean {
  if (service === null || service.nRestarts === 0 || applied === null) return false;
  // A process that systemd stops ends after its unit has begun to go down.
  if (service.mainEndUs > activeExitUs) return false;
  const { settings } = applied.definition;
  const restart = lastValue(settings, "Service.Restart");
  const isRestarted = restart === "always" || restart === "on-failure";
  return isRestarted && lastValue(settings, "Service.RestartPreventExitStatus") === null;
}

/** Judges a unit that is up and may still run what the agent has replaced. */
function judgeOld(applied: AppliedUnit, unit: UnitStatus, hasDrift: boolean): Judgement | null {
  if (!stillRunsOld(applied, unit)) return null;
  const { startedWith, definition } = applied;
  if (startedWith === "edited") {
    const message = "still runs an edit of its files that is gone; the next sync restarts it";
    return hasDrift ? null : { kind: "old-definition", word: "owed", message };
  }
  if (startedWith === "never") {
    const message = "may still run an older definition: it is not known what it was started with";
    return { kind: "old-definition", word: "owed", message };
  }
  // A way back may leave a unit with a definition that is recorded as another one and says the same.
  if (typeof startedWith === "object" && diffDefinitions(startedWith, definition).class === "none")
    return null;
  const isSecretOnly = typeof startedWith === "object" && differsInCredentialsOnly(startedWith, definition);
  return isSecretOnly
    ? { kind: "old-credentials", word: "owed", message: "still runs with its old credentials" }
    : { kind: "old-definition", word: "owed", message: "still runs its old definition" };
}

function differsInCredentialsOnly(before: Definition, now: Definition): boolean {
  const rest = ({ settings, files }: Definition) => JSON.stringify([sortKeys(settings), sortKeys(files)]);
  return rest(before) === rest(now);
}

function sortKeys(values: Readonly<Record<string, unknown>>): readonly (readonly [string, unknown])[] {
  return Object.entries(values).sort(([left], [right]) => (left < right ? -1 : 1));
}

/** The kind for an expected unit that is down: sockets and timers have kinds of their own. */
function kindOfStopped(name: string): RuntimeKind {
  switch (typeOfUnit(name)) {
    case "socket":
      return "not-listening";
    case "timer":
      return "timer-inactive";
    default:
      return "stopped";
  }
}

/** Judges an expected unit that is inactive and has no job. */
function judgeIdle(applied: AppliedUnit, unit: UnitStatus): Judgement | null {
  const stopped = (what: string): Judgement => ({
    kind: kindOfStopped(unit.name),
    word: "stopped",
    message: `${what}, and is expected to run`,
  });
  if (unit.loadState !== "loaded") {
    const why = unit.loadState === "masked" ? "is masked" : `cannot be loaded (${unit.loadState})`;
    return stopped(`${why} on this host`);
  }
  if (unit.unmet === "condition") return null;
  if (unit.unmet === "assertion") {
    return { kind: "failed", word: "failed", message: "was not started: an assertion (Assert…=) is not met" };
  }
  if (hasEndedWell(applied, unit)) return null;
  if (applied.startedWith === "never") {
    return { kind: "owed", word: "owed", message: "was not started yet, and is expected to run" };
  }
  return stopped(describeStop(applied, unit));
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
  if (applied.stopped === true && isUp(glance.activeState)) return true;
  if (glance.subState === "elapsed") return true;
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
