import { expect, it } from "vitest";
import { compareRunning, noteActions } from "../../support/equivalence/compare.ts";
import { makeSequence } from "../../support/equivalence/generate.ts";
import type { Running, RunningUnit } from "../../support/equivalence/probe.ts";

const nobody = { stopped: new Set<string>(), started: new Set<string>() };
const a = "q1s1.service";

function unit(state: string, details: Readonly<Record<string, string>> = {}, load = "loaded"): RunningUnit {
  return { load, state, isUp: state.startsWith("active"), details, namespaces: {} };
}

const up: Running = { [a]: unit("active/running", { environ: "V=1" }) };
const down: Running = { [a]: unit("inactive/dead") };

it("a unit that is down and would run after a boot is a difference, unless the operator stopped it", () => {
  expect(compareRunning(down, up, nobody).differences).toHaveLength(1);
  expect(compareRunning(down, up, { ...nobody, started: new Set([a]) }).differences).toHaveLength(1);
  expect(compareRunning(down, up, { ...nobody, stopped: new Set([a]) }).differences).toEqual([]);
});

it("a unit that runs and would not after a boot is a difference, unless the operator started it", () => {
  expect(compareRunning(up, {}, nobody).differences).toHaveLength(1);
  expect(compareRunning(up, {}, { ...nobody, stopped: new Set([a]) }).differences).toHaveLength(1);
  const { differences, toStart } = compareRunning(up, {}, { ...nobody, started: new Set([a]) });
  expect({ differences, toStart }).toEqual({ differences: [], toStart: [a] });
});

it("a unit that runs without a definition is a difference, also when the operator started it", () => {
  const orphan = { [a]: unit("active/running", {}, "not-found") };
  expect(compareRunning(orphan, {}, { ...nobody, started: new Set([a]) }).differences).toHaveLength(1);
});

it("a process with another environment is a difference, and the line that differs is named", () => {
  const after = { [a]: unit("active/running", { environ: "V=2" }) };
  const [difference] = compareRunning(up, after, nobody).differences;
  expect(difference).toContain("now V=1; after a boot V=2");
});

it("what comes back after the operator's stop is no longer excused", () => {
  const stopped = noteActions(nobody, up, down);
  expect([...stopped.stopped]).toEqual([a]);
  expect([...noteActions(stopped, down, up).stopped]).toEqual([]);
});

it("a seed makes the same sequence each time, and another seed makes another sequence", () => {
  const make = (seed: number) => JSON.stringify(makeSequence({ seed, prefix: "q1", commits: 5 }));
  expect(make(7)).toBe(make(7));
  expect(make(7)).not.toBe(make(8).replace('"seed":8', '"seed":7'));
});

it("all kinds of ties, units and interference come about within 300 sequences", () => {
  const text = JSON.stringify(
    Array.from({ length: 300 }, (_, seed) => makeSequence({ seed, prefix: "q1", commits: 5 })),
  );
  const ties = ["Requires", "BindsTo", "PartOf", "Requisite", "PropagatesStopTo", "StopPropagatedFrom"];
  const others = ["Upholds", "Wants", "Conflicts", "RequiresMountsFor", "JoinsNamespaceOf"];
  for (const kind of [...ties, ...others]) expect(text).toContain(`"kind":"${kind}"`);
  for (const what of [".socket", ".timer", ".path", ".mount", ".slice", "@.service", "/token"]) {
    expect(text).toContain(what);
  }
  for (const change of ["becomes Type=", "is renamed", "is removed", "masks", "alias", "state: stopped"]) {
    expect(text).toContain(change);
  }
  for (const hand of ["systemctl stop", "kill --signal=KILL", "90-hand.conf", "Environment=HAND", "@hand."]) {
    expect(text).toContain(hand);
  }
});
