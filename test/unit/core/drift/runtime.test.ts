/** What counts as well and as unwell, by what systemd says of one unit. */
import { describe, expect, it } from "vitest";
import { judgeUnit } from "../../../../src/core/drift/runtime.ts";
import type { AppliedUnit } from "../../../../src/core/model/inventory.ts";
import type { MainExit, ServiceStatus, UnitStatus } from "../../../../src/core/model/unit-status.ts";
import {
  expectedUnit,
  runningService,
  runningUnit,
  secondUs,
  startedUs,
} from "../../../support/values/unit-status-fixture.ts";

const nowUs = startedUs + 60 * secondUs;
const stopUs = startedUs + 30 * secondUs;

function judge(unit: Partial<UnitStatus>, applied: Partial<AppliedUnit> = {}): string | null {
  const finding = judgeUnit({ ...expectedUnit, ...applied }, { ...runningUnit, ...unit }, nowUs, false);
  return finding === null ? null : `${finding.kind}: ${finding.message}`;
}

function withSettings(settings: Readonly<Record<string, readonly string[]>>): Partial<AppliedUnit> {
  return { definition: { settings, credentials: {}, files: {} } };
}

function down(service: Partial<ServiceStatus> = {}, unit: Partial<UnitStatus> = {}): Partial<UnitStatus> {
  return {
    activeState: "inactive",
    subState: "dead",
    invocationId: null,
    activeExitUs: stopUs,
    inactiveEnterUs: stopUs + 2000,
    service: { ...runningService, ...service },
    ...unit,
  };
}

const endedWith = (exit: MainExit, afterUs: number) => ({ mainExit: exit, mainEndUs: stopUs + afterUs });
const success: MainExit = { how: "exited", status: 0 };

describe("a unit that is expected to run", () => {
  it("is well while it runs", () => {
    expect(judge({})).toBeNull();
    expect(judge({ activeState: "reloading" })).toBeNull();
    expect(judge({ activeState: "activating", subState: "start" })).toBeNull();
  });

  it("was stopped when its process ended only after it began to go down, whatever its exit status", () => {
    const stopped = "stopped: was stopped, and is expected to run";
    expect(judge(down(endedWith(success, 1000)))).toBe(stopped);
    expect(judge(down(endedWith({ how: "killed", status: 15 }, 1000)))).toBe(stopped);
  });

  it("has done its work when its process ended by itself, with success", () => {
    expect(judge(down(endedWith(success, -100)))).toBeNull();
  });

  it("is down when its process was killed by a signal that systemd takes for a success", () => {
    expect(judge(down(endedWith({ how: "killed", status: 15 }, -100)))).toBe(
      "stopped: was killed by signal 15, and is expected to run",
    );
  });

  it("is down when its failure was only reset, unless the definition calls that status a success", () => {
    const ended = down(endedWith({ how: "exited", status: 3 }, -100));
    expect(judge(ended)).toBe("stopped: ended with exit status 3, and is expected to run");
    expect(judge(ended, withSettings({ "Service.SuccessExitStatus": ["3"] }))).toBeNull();
  });

  it("is well as a oneshot that ended well, also when systemd has forgotten it since", () => {
    const oneshot = withSettings({ "Service.Type": ["oneshot"] });
    expect(judge(down(endedWith(success, 0), { activeExitUs: 0 }), oneshot)).toBeNull();
    expect(judge(down({}, { activeExitUs: 0, inactiveEnterUs: 0 }), oneshot)).toBeNull();
  });

  it("was stopped as a oneshot that should remain after its exit", () => {
    const remaining = withSettings({ "Service.Type": ["oneshot"], "Service.RemainAfterExit": ["yes"] });
    expect(judge(down(endedWith(success, -1000)), remaining)).toBe(
      "stopped: was stopped, and is expected to run",
    );
  });

  it("is well while its condition is not met, and not with an assertion that is not met", () => {
    expect(judge(down({}, { unmet: "condition" }))).toBeNull();
    expect(judge(down({}, { unmet: "assertion" }))).toBe(
      "failed: was not started: an assertion (Assert…=) is not met",
    );
  });

  it("is well when somebody has restarted it by hand", () => {
    expect(judge({ invocationId: "c".repeat(32), activeEnterUs: nowUs })).toBeNull();
  });

  it("is well as a timer that has elapsed and waits for the next time", () => {
    const timer = { nextElapseUs: nowUs + secondUs, lastTriggerUs: nowUs - secondUs };
    expect(judge({ name: "a.timer", subState: "waiting", service: null, timer })).toBeNull();
  });

  it("is well while a job is about to start it", () => {
    expect(judge(down({}, { job: "start" }))).toBeNull();
  });

  it("is owed a start when it was never started", () => {
    expect(judge(down(), { startedWith: "never" })).toBe("owed: was not started yet, and is expected to run");
  });

  it("is owed a restart while the run goes on that has the old definition", () => {
    const old = { startedWith: { settings: { "Service.Nice": ["1"] }, credentials: {}, files: {} } };
    expect(judge({}, old)).toBe("old-definition: still runs its old definition");
    expect(judge({ invocationId: "b".repeat(32) }, old)).toBeNull();
    expect(judge({}, { ...old, pending: "on-change: none" })).toBeNull();
  });

  it("is said to run an unknown definition while the run goes on that nobody knows the definition of", () => {
    expect(judge({}, { startedWith: "never" })).toBe(
      "old-definition: may still run an older definition: it is not known what it was started with",
    );
  });

  it("is not owed a restart when the recorded definition says the same as git's", () => {
    const definition = { settings: { "Service.Nice": ["1"] }, credentials: {}, files: {} };
    expect(judge({}, { startedWith: { ...definition }, definition })).toBeNull();
  });

  it("is owed a restart by name when only its credentials are older ones", () => {
    const startedWith = { settings: {}, credentials: { token: "older" }, files: {} };
    expect(judge({}, { startedWith })).toBe("old-credentials: still runs with its old credentials");
    const definition = { ...startedWith, settings: { "Service.Nice": ["1"] } };
    expect(judge({}, { startedWith, definition })).toBe("old-definition: still runs its old definition");
  });

  it("is down when somebody masked it, or when systemd cannot load it", () => {
    expect(judge(down({}, { loadState: "masked" }))).toContain("stopped: is masked on this host");
    expect(judge(down({}, { loadState: "bad-setting" }))).toContain("cannot be loaded (bad-setting)");
  });

  it("is down as a timer that was stopped, and as a unit that never ran", () => {
    expect(judge(down({}, { name: "a.timer", service: null }))).toBe(
      "timer-inactive: was stopped, and is expected to run",
    );
    expect(judge(down({}, { activeExitUs: 0, inactiveEnterUs: 0 }))).toBe(
      "stopped: does not run, and is expected to run",
    );
  });
});

describe("any unit", () => {
  const unexpected = { expected: false };

  it("may be down when nothing expects it to run", () => {
    expect(judge(down(), unexpected)).toBeNull();
  });

  it("has failed when systemd says so, with the cause", () => {
    const failed = { activeState: "failed", subState: "failed", result: "exit-code" } as const;
    const service = { ...runningService, mainExit: { how: "exited", status: 203 } } as const;
    expect(judge({ ...failed, service }, unexpected)).toBe("failed: failed (exit status 203)");
    expect(judge({ ...failed, result: "watchdog" }, unexpected)).toBe(
      "watchdog: failed (killed by its watchdog)",
    );
  });

  it("has crashed when systemd has restarted it of late, which is only noted", () => {
    const restarts = [{ atUs: startedUs, result: "watchdog", exit: { how: "dumped", status: 6 } }] as const;
    const service = { ...runningService, nRestarts: 1, restarts };
    expect(judgeUnit({ ...expectedUnit, ...unexpected }, { ...runningUnit, service }, nowUs, false)).toEqual({
      kind: "crashed",
      word: "crashed",
      message: "was restarted by systemd (killed by its watchdog)",
    });
  });

  it("has failed while it waits for systemd to start it again", () => {
    const between = { activeState: "activating", subState: "auto-restart", result: "signal" } as const;
    const service = { ...runningService, mainExit: { how: "killed", status: 11 } } as const;
    expect(judgeUnit(expectedUnit, { ...runningUnit, ...between, service }, nowUs, false)).toEqual({
      kind: "failed",
      word: "crashed",
      message: "ended (killed by signal 11), and waits for systemd to start it again",
    });
  });

  it("loops when systemd restarts it again and again", () => {
    const atUs = [1, 3, 5].map((second) => startedUs - 10 * secondUs + second * secondUs);
    const restarts = atUs.map((at) => ({ atUs: at, result: "success", exit: null }));
    const service = { ...runningService, nRestarts: 3, restarts };
    expect(judge({ service }, unexpected)).toBe(
      "looping: is restarted by systemd again and again (it ended by itself)",
    );
  });
});

describe("a unit with a kind of its own", () => {
  const failed = { activeState: "failed", subState: "failed", result: "signal" } as const;
  const service = { ...runningService, nRestarts: 3, mainExit: { how: "killed", status: 9 } } as const;
  const restarting = withSettings({ "Service.Restart": ["always"] });

  it("was started too often when systemd says so, or has given up a service that it may restart", () => {
    expect(judge({ ...failed, result: "start-limit-hit" })).toBe("start-limit: failed (started too often)");
    expect(judge({ ...failed, service }, restarting)).toBe(
      "start-limit: failed (killed by signal 9), and was started too often",
    );
    expect(judge({ ...failed, service: { ...service, nRestarts: 0 } }, restarting)).toContain("failed: ");
    expect(judge({ ...failed, service })).toContain("failed: ");
    const toldToStop = { ...service, mainEndUs: stopUs + 1 };
    expect(judge({ ...failed, activeExitUs: stopUs, service: toldToStop }, restarting)).toContain("failed: ");
    const prevented = { "Service.Restart": ["always"], "Service.RestartPreventExitStatus": ["SIGKILL"] };
    expect(judge({ ...failed, service }, withSettings(prevented))).toContain("failed: ");
  });

  it("runs although git says that it is stopped", () => {
    const stopped = { stopped: true, expected: false } as const;
    expect(judge({}, stopped)).toBe("running: runs, and git says state: stopped");
    expect(judge(down(), stopped)).toBeNull();
  });

  it("does not listen as a socket that is down", () => {
    expect(judge(down({}, { name: "a.socket", service: null }))).toContain("not-listening: was stopped");
    expect(judge({ name: "a.socket", subState: "listening", service: null })).toBeNull();
  });

  it("never elapses as a timer that has nothing to wait for, unless it has elapsed once as it should", () => {
    const timer = { nextElapseUs: null, lastTriggerUs: 0 };
    const elapsed = { name: "a.timer", subState: "elapsed", service: null, timer };
    const repeating = withSettings({ "Timer.OnUnitActiveSec": ["1h"] });
    expect(judge(elapsed)).toBe("timer-never: is active, and will never elapse");
    expect(judge({ ...elapsed, timer: { ...timer, lastTriggerUs: startedUs } })).toBeNull();
    expect(judge({ ...elapsed, timer: { ...timer, lastTriggerUs: startedUs } }, repeating)).toContain(
      "timer-never",
    );
    expect(judge({ ...elapsed, subState: "waiting", timer: { ...timer, nextElapseUs: nowUs } })).toBeNull();
    expect(judge({ ...elapsed, subState: "running" }, repeating)).toBeNull();
  });
});
