import { describe, expect, it } from "vitest";
import { followTies, mergeTies, noTies, readTies } from "../../../../src/core/units/ties.ts";

const unit = (name: string, ...values: readonly string[]) => ({ [`Unit.${name}`]: values });

describe("the ties that definitions make", () => {
  it.each([
    ["Requires", "Requires=b.service"],
    ["BindsTo", "BindsTo=b.service"],
    ["Requisite", "Requisite=b.service"],
    ["PartOf", "PartOf=b.service"],
    ["StopPropagatedFrom", "StopPropagatedFrom=b.service"],
  ])("a unit with %s= goes along with the other one", (key, text) => {
    const { along } = readTies(new Map([["a.service", unit(key, "b.service")]]));
    expect(along.get("b.service")).toEqual([{ unit: "a.service", text }]);
    expect(along.has("a.service")).toBe(false);
  });

  it("PropagatesStopTo= ties the unit that is named", () => {
    const { along } = readTies(new Map([["a.service", unit("PropagatesStopTo", "b.service")]]));
    expect(along.get("a.service")).toEqual([{ unit: "b.service", text: "StopPropagatedFrom=a.service" }]);
  });

  it("Wants=, After= and Upholds= tie nothing", () => {
    const settings = {
      ...unit("Wants", "b.service"),
      ...unit("After", "b.service"),
      ...unit("Upholds", "b.service"),
    };
    expect(readTies(new Map([["a.service", settings]]))).toEqual(noTies);
  });

  it("a unit goes along with the slice that it is in", () => {
    const { along } = readTies(new Map([["a.service", { "Service.Slice": ["app.slice"] }]]));
    expect(along.get("app.slice")).toEqual([{ unit: "a.service", text: "Slice=app.slice" }]);
  });

  it("Conflicts= holds in both directions", () => {
    const { conflicts, along } = readTies(new Map([["a.service", unit("Conflicts", "b.service")]]));
    expect(conflicts.get("b.service")).toEqual([{ unit: "a.service", text: "Conflicts=b.service" }]);
    expect(conflicts.get("a.service")?.map((tie) => tie.unit)).toEqual(["b.service"]);
    expect(along.size).toBe(0);
  });

  it("are followed through others, and end where they close a circle", () => {
    const ties = readTies(
      new Map([
        ["b.service", unit("Requires", "a.service")],
        ["c.service", unit("PartOf", "b.service")],
        ["a.service", unit("BindsTo", "c.service")],
      ]),
    );
    expect([...followTies(ties.along, ["a.service"]).keys()]).toEqual(["b.service", "c.service"]);
    expect(followTies(ties.along, [])).toEqual(new Map());
  });

  it("are merged with one entry for each pair of units, in the words of the first", () => {
    const first = readTies(new Map([["a.service", { "Service.Slice": ["app.slice"] }]]));
    const second = readTies(
      new Map([
        ["a.service", unit("Requires", "app.slice")],
        ["b.service", unit("Requires", "app.slice")],
      ]),
    );
    expect(mergeTies(first, second).along.get("app.slice")).toEqual([
      { unit: "a.service", text: "Slice=app.slice" },
      { unit: "b.service", text: "Requires=app.slice" },
    ]);
  });
});
