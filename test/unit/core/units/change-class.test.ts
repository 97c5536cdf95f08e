/** The table of classes as far as no systemd is needed for it; test/e2e/change-classes.test.ts holds it against a real one. */
import { describe, expect, it } from "vitest";
import type { ChangeClass } from "../../../../src/core/model/plan.ts";
import {
  changeTable,
  classifyKey,
  isControlGroupKey,
  strongerOf,
} from "../../../../src/core/units/change-class.ts";
import { restartKeys } from "../../../support/changes/change-cases-restart-keys.ts";

describe("the class of a key", () => {
  it.each<[string, ChangeClass]>([
    ["Unit.Description", "inert"],
    ["Install.WantedBy", "enablement"],
    ["Install.DefaultInstance", "enablement"],
    ["Unit.Wants", "dependency"],
    ["Unit.RequiresMountsFor", "dependency"],
    ["Unit.ConditionPathExistsGlob", "live"],
    ["Unit.AssertUser", "live"],
    ["Service.TimeoutStopSec", "live"],
    ["Socket.TimeoutSec", "live"],
    ["Scope.KillMode", "live"],
    ["Slice.MemoryMax", "live"],
    ["Timer.OnCalendar", "live"],
    ["Mount.Options", "reload"],
    ["Swap.Options", "restart"],
    ["Service.Environment", "restart"],
  ])("%s is %s", (name, expected) => {
    expect(classifyKey(name)).toBe(expected);
  });

  it("is restart for what systemd does not know: another key, section or spelling", () => {
    const unknown = [
      "Service.Frobnicate",
      "Sevrice.Restart",
      "Service.restart",
      "Unit.Wantses",
      "Service.x-note",
    ];
    expect(unknown.map(classifyKey)).toEqual(unknown.map(() => "restart"));
  });

  it("is restart for a key in a section that it does not belong to", () => {
    const misplaced = [
      "Unit.Restart",
      "Service.Wants",
      "Slice.KillMode",
      "Service.WantedBy",
      "Path.MemoryMax",
    ];
    expect(misplaced.map(classifyKey)).toEqual(misplaced.map(() => "restart"));
  });

  it("is restart for a key of a quadlet, and its usual class in a quadlet's other sections", () => {
    const keys = [
      "Container.Image",
      "Pod.PodName",
      "Kube.Yaml",
      "Network.Subnet",
      "Volume.Driver",
      "Build.Tag",
    ];
    expect(keys.map(classifyKey)).toEqual(keys.map(() => "restart"));
  });

  it("is inert for keys and sections that begin with X-, and for no others with such letters", () => {
    const names = [
      "Service.X-Owner",
      "X-Ours.ExecStart",
      "X-.A",
      "Container.X-Note",
      "Service.MaX-Memory",
      "MyX-A.B",
    ];
    expect(names.map(classifyKey)).toEqual(["inert", "inert", "inert", "inert", "restart", "restart"]);
  });

  it("is restart for every key that was reviewed and left to it", () => {
    expect(restartKeys.filter((key) => classifyKey(key) !== "restart")).toEqual([]);
  });
});

describe("the table", () => {
  it("names no key twice", () => {
    const keys = changeTable.flatMap((rule) => rule.keys);
    expect(keys.filter((key, index) => keys.indexOf(key) !== index)).toEqual([]);
  });

  it("tells the keys of the control group from other live ones", () => {
    const names = [
      "Service.MemoryMax",
      "Slice.CPUWeight",
      "Service.Restart",
      "Service.Slice",
      "Unit.MemoryMax",
    ];
    expect(names.map(isControlGroupKey)).toEqual([true, true, false, false, false]);
  });
});

describe("the stronger of two classes", () => {
  it("is the more disturbing one, in whatever order they are given", () => {
    const ascending: readonly ChangeClass[] = [
      "none",
      "inert",
      "enablement",
      "live",
      "dependency",
      "reload",
      "restart",
    ];
    for (const [low, weaker] of ascending.entries()) {
      for (const stronger of ascending.slice(low)) {
        expect(strongerOf(weaker, stronger)).toBe(stronger);
        expect(strongerOf(stronger, weaker)).toBe(stronger);
      }
    }
  });
});
