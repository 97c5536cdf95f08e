/** The rule that tells a loop from single restarts. */
import { expect, it } from "vitest";
import { judgeRestarts } from "../../../../src/core/drift/restart-loop.ts";
import { runningService } from "../../../support/values/unit-status-fixture.ts";

const minuteUs = 60_000_000;
const nowUs = 1000 * minuteUs;

function judge(minutesAgo: readonly number[], nRestarts = minutesAgo.length, startedMinutesAgo = 0) {
  const restarts = minutesAgo.map((ago) => ({ atUs: nowUs - ago * minuteUs, result: "success", exit: null }));
  const mainStartUs = nowUs - startedMinutesAgo * minuteUs;
  const judgement = judgeRestarts({ ...runningService, nRestarts, restarts, mainStartUs }, nowUs);
  return judgement === null ? "calm" : judgement.isLoop ? "loop" : "few";
}

it.each([
  [[], "calm", "no restart"],
  [[1], "few", "one restart"],
  [[2, 1], "few", "two restarts"],
  [[3, 2, 1], "loop", "three in a row"],
  [[27, 18, 9], "loop", "one every nine minutes"],
  [[300, 200, 1], "few", "one now and then"],
  [[40, 30, 19, 1], "few", "a loop of the past and one now"],
  [[13, 12, 11], "calm", "a loop that is over"],
] as const)("%j minutes ago is %s: %s", (minutesAgo, judgement, _what) => {
  expect(judge(minutesAgo)).toBe(judgement);
});

it("forgets what was before somebody started the service, for systemd then counts anew", () => {
  expect(judge([3, 2, 1], 0)).toBe("calm");
  expect(judge([4, 3, 2, 1], 1)).toBe("few");
});

it("goes by the count and the age of the run where the journal tells nothing", () => {
  expect(judge([], 3, 1)).toBe("loop");
  expect(judge([], 2, 1)).toBe("few");
  expect(judge([], 50, 11)).toBe("calm");
});
