/** The output of the drift commands for people. */
import { describe, expect, it } from "vitest";
import { renderDriftChange, renderDriftList } from "../../../src/cli/render/drift.ts";
import { renderCorrections } from "../../../src/cli/render/drift-correct.ts";
import { renderDriftDetails } from "../../../src/cli/render/drift-details.ts";
import { renderStatus } from "../../../src/cli/render/status.ts";
import type { DriftRecord } from "../../../src/core/model/drift.ts";
import { inSync } from "../../support/values/status-fixture.ts";
import { toldSince } from "../../support/values/told-drift.ts";

const now = Date.parse("2025-03-01T21:00:00.000Z");
const options = { colour: false, width: Number.POSITIVE_INFINITY, now };
const path = "/etc/systemd/system/web.service.d/override.conf";

const dropIn: DriftRecord = {
  key: `foreign-drop-in ${path}`,
  kind: "foreign-drop-in",
  unit: "web.service",
  path,
  message: `${path} changes web.service, but is not in git`,
  ...toldSince("2025-03-01T20:55:00.000Z"),
};
const looping: DriftRecord = {
  ...dropIn,
  key: "looping db",
  kind: "looping",
  unit: "db.service",
  path: null,
  message: "db.service loops",
};
const file: DriftRecord = {
  ...dropIn,
  key: "modified /etc/a",
  kind: "modified",
  unit: null,
  path: "/etc/a",
  message: "/etc/a was edited",
};

describe("the list", () => {
  it("has a row for each difference, a summary, and what to do for each sort of difference", () => {
    expect(renderDriftList({ ...inSync, drift: [dropIn, file, looping] }, options).split("\n")).toEqual([
      "DRIFT        KIND             SINCE",
      `web.service  foreign-drop-in  5 min  ${path} changes web.service, but is not in git`,
      "/etc/a       modified         5 min  /etc/a was edited",
      "db.service   looping          5 min  db.service loops",
      "",
      "3 differences: 2 units, 1 file",
      "",
      "hint: foreign-drop-in, modified: gitops-agent drift correct UNIT puts it back; gitops-agent drift adopt UNIT prints it as a patch for git",
      "hint: looping: see journalctl -u UNIT; only people can mend the cause",
      "",
    ]);
  });

  it("says which differences are being put back, and which came back too often", () => {
    const drift: DriftRecord[] = [
      { ...dropIn, state: "correcting" },
      { ...file, state: "stalled" },
    ];
    const text = renderDriftList({ ...inSync, drift }, options);
    expect(text).toMatch(/^DRIFT +KIND +SINCE +STATE$/m);
    expect(text).toMatch(/^web\.service .* correcting +\/etc/m);
    expect(text).toContain(
      "2 differences: 1 unit, 1 file · 1 put back, and watched for a while · 1 put back too often",
    );
  });

  it("says when it may not be complete", () => {
    const failure = { code: "systemd-unreachable", message: "no answer", hint: null, details: [], since: "" };
    const text = renderDriftList({ ...inSync, systemd: { failure }, drift: [] }, options);
    expect(text).toContain("how the units do is not known: no answer");
  });

  it("keeps what controls a terminal out of the screen", () => {
    const evil = "\x1b[2Jx\n";
    const drift = [{ ...dropIn, unit: evil, message: evil }];
    expect(renderDriftList({ ...inSync, drift }, options)).not.toContain("\x1b");
    expect(
      renderDriftChange({ change: "appeared", drift: { ...file, path: evil } }, "", options),
    ).not.toContain("\x1b");
  });
});

describe("the details", () => {
  const loaded = {
    unit: "web.service",
    fragment: "/etc/systemd/system/web.service",
    needsReload: false,
    dropIns: [{ path, isFromGit: false }],
    values: [{ setting: "Service.Nice", git: "1", loaded: "5" }],
  };

  it("show the diff, what systemd has loaded, what a correction does, and the policy", () => {
    const differences = [
      { path, unit: "web.service", kind: "foreign-drop-in", patch: "--- host\n+++ git\n-Nice=5\n" } as const,
    ];
    const text = renderDriftDetails(
      { ...inSync, drift: [dropIn] },
      { differences, loaded: [loaded] },
      options,
    );
    expect(text).toContain("-Nice=5");
    expect(text).toContain("policy   report");
    expect(text).toContain("correct  the drop-in is backed up and removed, and systemd reloads");
    expect(text).toContain(`${path}  not from git`);
    expect(text).toMatch(/Service\.Nice +1 +5/);
  });

  it("say what root would see more, to anybody else", () => {
    expect(renderDriftDetails({ ...inSync, drift: [dropIn] }, null, options)).toContain("run this as root");
  });
});

it("a correction tells what became of each difference, and why nothing was done", () => {
  const text = renderCorrections(
    [
      { drift: file, result: "corrected" },
      { drift: looping, result: "refused" },
    ],
    { ...options, failed: false },
  );
  expect(text).toMatch(
    /^\/etc\/a +modified +✔ put back +\/etc\/a: the file is backed up and written as git has it/m,
  );
  expect(text).toMatch(/^db\.service +looping +✖ refused +db\.service loops: .*only people can mend/m);
});

it("status shows the first differences, and names the command that lists all", () => {
  const drift = Array.from({ length: 25 }, (_, at) => ({
    ...file,
    key: `modified /etc/${at}`,
    path: `/etc/${at}`,
  }));
  const text = renderStatus({ ...inSync, drift }, options);
  expect(text.match(/^\/etc\/\d+ /gm)).toHaveLength(20);
  expect(text).toContain("… and 5 more: gitops-agent drift lists all");
});
