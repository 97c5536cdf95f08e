import { stripVTControlCharacters } from "node:util";
import { describe, expect, it } from "vitest";
import { renderStatus } from "../../../src/cli/render/status.ts";
import type { StatusRenderOptions } from "../../../src/cli/render/status-units.ts";
import type { Status, UnitRow } from "../../../src/core/model/status.ts";
import { inSync, revision, running } from "../../support/values/status-fixture.ts";
import { toldSince } from "../../support/values/told-drift.ts";

const now = Date.parse("2025-03-01T21:00:00.000Z");
const options: StatusRenderOptions = { colour: false, width: Number.POSITIVE_INFINITY, now, timeZone: "UTC" };

const legacyDrift = {
  key: "foreign-drop-in:/etc/systemd/system/legacy.service.d/override.conf",
  kind: "foreign-drop-in",
  unit: "legacy.service",
  path: "/etc/systemd/system/legacy.service.d/override.conf",
  message: "override.conf is not in git",
  ...toldSince("2025-03-01T20:55:00.000Z"),
} as const;

function screen(text: string): string[] {
  expect(text.endsWith("\n")).toBe(true);
  return text.slice(0, -1).split("\n");
}

describe("renderStatus", () => {
  it("shows a host at a glance: revision, units and what was done to them", () => {
    const units: UnitRow[] = [
      {
        ...running,
        lastAction: {
          action: "restarted",
          because: "credential db-password changed",
          at: "2025-03-01T20:58:00.000Z",
        },
      },
      {
        ...running,
        name: "ots-worker@email.service",
        since: "2025-02-26T20:00:00.000Z",
        memoryBytes: 212 * 1024 * 1024,
        cpuNs: 250_000_000_000,
      },
      {
        ...running,
        name: "backup.timer",
        subState: "waiting",
        restarts: null,
        memoryBytes: null,
        cpuNs: null,
        nextElapse: "2025-03-02T02:00:00.000Z",
        lastTrigger: "2025-03-01T13:00:00.000Z",
      },
      {
        ...running,
        name: "legacy.service",
        activeState: "failed",
        subState: "failed",
        result: "exit-code",
        mainExit: { how: "exited", status: 1 },
        since: "2025-03-01T20:55:00.000Z",
        restarts: 4,
        memoryBytes: null,
        cpuNs: null,
        drift: 1,
      },
    ];
    expect(screen(renderStatus({ ...inSync, units, drift: [legacyDrift] }, options))).toEqual([
      'media-1  ● in sync  main@3f2a91c "jellyfin 10.11"  applied 2 min ago · polled 12 s ago · not verified',
      "",
      "UNIT                      STATE               SINCE  RESTARTS  MEMORY  CPU",
      "web.service               ● running           2 min  0         48 MB   12 s   restarted: credential db-password changed",
      "ots-worker@email.service  ● running           3 d    0         212 MB  4 min",
      "backup.timer              ● next 02:00 (5 h)                                  last: 8 h ago",
      "legacy.service            ✖ failed (exit 1)   5 min  4                        drift: foreign-drop-in override.conf",
      "",
      "DRIFT           KIND             SINCE",
      "legacy.service  foreign-drop-in  5 min  override.conf is not in git",
      "",
      "hint: gitops-agent drift UNIT shows what differs, and what to do about it",
    ]);
  });

  it("fits a narrow terminal by moving what does not fit to a line of its own", () => {
    const because = "credential db-password changed";
    const units = [
      { ...running, lastAction: { action: "restarted", because, at: "2025-03-01T20:58:00.000Z" } },
    ];
    const lines = screen(renderStatus({ ...inSync, units }, { ...options, width: 80 }));
    expect(lines).toEqual([
      'media-1  ● in sync  main@3f2a91c "jellyfin 10.11"',
      "  applied 2 min ago · polled 12 s ago · not verified",
      "",
      "UNIT         STATE      SINCE  RESTARTS  MEMORY  CPU",
      "web.service  ● running  2 min  0         48 MB   12 s",
      "    restarted: credential db-password changed",
    ]);
  });

  it("shows states between the others, and those that nobody knows", () => {
    const units: UnitRow[] = [
      { ...running, name: "a.service", activeState: "activating", subState: "auto-restart" },
      { ...running, name: "b.service", activeState: "inactive", subState: "dead" },
      { ...running, name: "c.service", activeState: "unknown", subState: "" },
      {
        ...running,
        name: "d.service",
        activeState: "failed",
        result: "signal",
        mainExit: { how: "killed", status: 9 },
      },
      { ...running, name: "e.service", activeState: "failed", result: "timeout" },
    ];
    const states = screen(renderStatus({ ...inSync, units }, options))
      .slice(3)
      .map((line) => line.slice(11, 33).trim());
    expect(states).toEqual([
      "● auto-restart       2",
      "○ inactive           2",
      "? unknown            2",
      "✖ failed (signal 9)  2",
      "✖ failed (timeout)   2",
    ]);
  });

  it("never lets text of the repository act on the terminal", () => {
    const evil = "\u001b[2J\u001b]0;owned\u0007\r\n\u202e";
    const status: Status = {
      ...inSync,
      host: `host${evil}`,
      sync: { ...inSync.sync, applied: { ...revision, subject: `fine${evil}` } },
      units: [{ ...running, name: `x${evil}`, subState: evil, note: evil, drift: 1 }],
      drift: [{ ...legacyDrift, unit: evil, path: evil, message: evil }],
      pending: [{ unit: evil, because: evil }],
    };
    const text = renderStatus(status, options);
    expect(text.replaceAll("\n", "")).not.toMatch(/[\p{Cc}\p{Cf}]/u);
    expect(text).toContain('"fine\\x1b[2J\\x1b]0;owned\\x07\\r\\n\\u202e"');
  });

  it("has the same text with colours as without", () => {
    const coloured = renderStatus({ ...inSync, drift: [legacyDrift] }, { ...options, colour: true });
    const plain = renderStatus({ ...inSync, drift: [legacyDrift] }, options);
    expect(coloured).toContain("\u001b[32m● in sync\u001b[39m");
    expect(stripVTControlCharacters(coloured)).toBe(plain);
  });
});
