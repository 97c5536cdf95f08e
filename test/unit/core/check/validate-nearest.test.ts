import { describe, expect, it } from "vitest";
import { findNearestWord } from "../../../../src/core/check/nearest.ts";

describe("the nearest word", () => {
  it.each([
    ["ExecStrat", "ExecStart"],
    ["Descripton", "Description"],
    ["execstart", "ExecStart"],
    ["OnCalender", "OnCalendar"],
  ])("to %s is %s", (typo, meant) => {
    expect(findNearestWord(typo, ["ExecStart", "ExecStop", "Description", "OnCalendar", "User"])).toBe(meant);
  });

  it("is not nearer because both names end alike", () => {
    expect(findNearestWord("db.service", ["job.service"])).toBeNull();
    expect(findNearestWord("ngnix.service", ["nginx.service"])).toBe("nginx.service");
    expect(findNearestWord("nginx.servcie", ["nginx.service"])).toBe("nginx.service");
  });

  it.each(["onChange", "on_change", "On-Change", "onchagne"])(
    "to %s is on-change, however it is joined",
    (typo) => {
      expect(findNearestWord(typo, ["state", "on-change", "health"])).toBe("on-change");
    },
  );

  it("is none when every word is far away, or the typo endless", () => {
    expect(findNearestWord("Foo", ["ExecStart", "User"])).toBeNull();
    expect(findNearestWord("x".repeat(10_000), ["x"])).toBeNull();
  });
});
