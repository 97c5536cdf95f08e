import { describe, expect, test } from "vitest";
import { judgeLostJob, type UnitAfterJob } from "../../../src/systemd/jobs/lost-job.ts";

const askedAtUs = 1_000;
const running: UnitAfterJob = {
  activeState: "active",
  subState: "running",
  startedAtUs: 500,
  changedAtUs: 500,
};
const restarted: UnitAfterJob = { ...running, startedAtUs: 1_500, changedAtUs: 1_600 };
const dead: UnitAfterJob = { activeState: "inactive", subState: "dead", startedAtUs: 500, changedAtUs: 700 };

describe("a job whose end was not heard", () => {
  test("of a stop is done when the unit is down, whatever brought it down", () => {
    expect(judgeLostJob("stop", dead, askedAtUs).result).toBe("done");
    expect(judgeLostJob("stop", { ...dead, activeState: "failed" }, askedAtUs).result).toBe("done");
    expect(judgeLostJob("stop", running, askedAtUs).result).toBe("unknown");
  });

  test("of a start is done when the unit is active, even if it was before", () => {
    expect(judgeLostJob("start", running, askedAtUs).result).toBe("done");
  });

  test("of a restart is done only when the unit has started since", () => {
    expect(judgeLostJob("restart", restarted, askedAtUs).result).toBe("done");
    expect(judgeLostJob("restart", running, askedAtUs).result).toBe("unknown");
  });

  test("of a oneshot is done when it has run since and did not fail", () => {
    const finished = { ...dead, startedAtUs: 1_500, changedAtUs: 1_600 };
    expect(judgeLostJob("start", finished, askedAtUs).result).toBe("done");
    expect(judgeLostJob("start", dead, askedAtUs).result).toBe("unknown");
  });

  test("failed when the unit failed since, not when it had failed before", () => {
    const failed = { ...dead, activeState: "failed", subState: "failed" } as const;
    expect(judgeLostJob("restart", { ...failed, changedAtUs: 1_500 }, askedAtUs).result).toBe("failed");
    expect(judgeLostJob("restart", failed, askedAtUs).result).toBe("unknown");
  });

  test("is never called done while the unit is still on its way up", () => {
    const starting = { ...restarted, activeState: "activating", subState: "auto-restart" } as const;
    expect(judgeLostJob("restart", starting, askedAtUs).result).toBe("unknown");
    expect(judgeLostJob("start", starting, askedAtUs).result).toBe("unknown");
  });

  test("of a reload stays unknown, and the message says how the unit is", () => {
    expect(judgeLostJob("reload", running, askedAtUs)).toEqual({
      result: "unknown",
      message: expect.stringContaining("the unit is now active (running)"),
    });
  });
});
