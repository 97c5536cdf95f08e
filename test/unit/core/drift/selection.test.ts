/** Which differences a name means, which exit code they give, and what a watch tells of two lists. */
import { describe, expect, it } from "vitest";
import { listDriftChanges } from "../../../../src/core/drift/changes.ts";
import { exitCodeOfDrift, listUnknownDriftNames, selectDrift } from "../../../../src/core/drift/selection.ts";
import type { DriftRecord } from "../../../../src/core/model/drift.ts";
import { toldSince } from "../../../support/values/told-drift.ts";

function record(kind: DriftRecord["kind"], unit: string | null, path: string | null = null): DriftRecord {
  return {
    key: `${kind} ${path ?? unit}`,
    kind,
    unit,
    path,
    message: "seen",
    ...toldSince("2025-03-01T20:55:00.000Z"),
  };
}

const modified = record("modified", "web.service", "/etc/systemd/system/web.service");
const template = record("missing", "worker@.service", "/etc/systemd/system/worker@.service");
const file = record("mode", null, "/etc/app.conf");
const stopped = record("stopped", "db.service");
const all = [modified, template, file, stopped];

describe("the names of the drift commands", () => {
  it("mean a unit, an instance of a template, or a path; without names, everything", () => {
    expect(selectDrift(all, [])).toEqual(all);
    expect(selectDrift(all, ["web.service", "/etc/app.conf"])).toEqual([modified, file]);
    expect(selectDrift(all, ["worker@a.service"])).toEqual([template]);
    expect(selectDrift(all, ["worker@.service"])).toEqual([template]);
    expect(selectDrift(all, ["worker.service"])).toEqual([]);
  });

  it("mean a drop-in of many units by each unit that systemd reads it for", () => {
    const wide = record("foreign-drop-in", null, "/etc/systemd/system/web-.service.d/o.conf");
    expect(selectDrift([wide], ["web-a.service"])).toEqual([wide]);
    expect(selectDrift([wide], ["web.service"])).toEqual([]);
  });

  it("are unknown when nothing differs there and no unit is managed by that name", () => {
    const unknown = listUnknownDriftNames(["db.service", "idle.service", "/etc/x", "x.service"], all, [
      "idle.service",
    ]);
    expect(unknown).toEqual(["/etc/x", "x.service"]);
  });
});

it("drift exits with 3 for what makes a host degraded, 1 for what differs, 0 for what is only noted", () => {
  expect(exitCodeOfDrift(all)).toBe(3);
  expect(exitCodeOfDrift([modified, record("crashed", "web.service")])).toBe(1);
  expect(exitCodeOfDrift([record("crashed", "web.service")])).toBe(0);
  expect(exitCodeOfDrift([])).toBe(0);
});

describe("a watch", () => {
  it("tells what appeared, what changed and what is over, and nothing of what stays", () => {
    const worse = { ...file, message: "seen otherwise" };
    expect(listDriftChanges([modified, file], [modified, worse, stopped])).toEqual([
      { change: "changed", drift: worse },
      { change: "appeared", drift: stopped },
    ]);
    expect(listDriftChanges([modified, file], [file])).toEqual([{ change: "resolved", drift: modified }]);
  });

  it("tells nothing of a difference that is over within its grace", () => {
    const waiting: DriftRecord = { ...stopped, state: "new", toldAt: null };
    expect(listDriftChanges([], [waiting])).toEqual([]);
    expect(listDriftChanges([waiting], [])).toEqual([]);
    expect(listDriftChanges([waiting], [stopped])).toEqual([{ change: "appeared", drift: stopped }]);
  });

  it("tells that a difference is being put back, and that it came back too often", () => {
    const correcting: DriftRecord = { ...modified, state: "correcting" };
    expect(listDriftChanges([modified], [correcting])).toEqual([{ change: "changed", drift: correcting }]);
  });
});
