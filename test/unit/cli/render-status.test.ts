import { stripVTControlCharacters } from "node:util";
import { describe, expect, it } from "vitest";
import { renderStatus } from "../../../src/cli/render/status.ts";
import type { StatusRenderOptions } from "../../../src/cli/render/status-units.ts";
import type { Status, UnitRow } from "../../../src/core/status.ts";

const now = Date.parse("2025-03-01T21:00:00.000Z");
const options: StatusRenderOptions = { colour: false, width: Number.POSITIVE_INFINITY, now, timeZone: "UTC" };

const revision = {
  branch: "main",
  commit: "3f2a91c0000000000000000000000000000000aa",
  subject: "jellyfin 10.11",
  author: "alice@example.org",
  committedAt: "2025-03-01T20:57:00Z",
};

const running: UnitRow = {
  name: "web.service",
  activeState: "active",
  subState: "running",
  result: "success",
  mainExit: null,
  since: "2025-03-01T20:58:00.000Z",
  restarts: 0,
  memoryBytes: 48 * 1024 * 1024,
  cpuNs: 12_000_000_000,
  nextElapse: null,
  lastTrigger: null,
  lastAction: null,
  drift: 0,
  note: "",
};

const inSync: Status = {
  version: 1,
  generatedAt: "2025-03-01T21:00:00.000Z",
  host: "media-1",
  agent: { running: true, pid: 4711, version: "0.1.0", startedAt: "2025-03-01T09:00:00.000Z" },
  source: {
    url: "ssh://git@git.example.org/hosts.git",
    branch: "main",
    polledAt: "2025-03-01T20:59:48.000Z",
    failure: null,
    verified: "unverified",
  },
  sync: {
    state: "in-sync",
    applied: revision,
    appliedAt: "2025-03-01T20:58:00.000Z",
    attempted: revision,
    attemptedSigner: null,
    rejection: null,
    returnFailure: null,
    applying: null,
    signedBy: null,
    failedUnits: [],
  },
  units: [running],
  drift: [],
  warnings: [],
  pending: [],
};

const legacyDrift = {
  key: "foreign-drop-in:/etc/systemd/system/legacy.service.d/override.conf",
  kind: "foreign-drop-in",
  unit: "legacy.service",
  path: "/etc/systemd/system/legacy.service.d/override.conf",
  message: "override.conf is not in git",
  since: "2025-03-01T20:55:00.000Z",
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
      "hint: for drift: gitops-agent diff shows what was edited; take it into git, or undo it on this host",
    ]);
  });

  it("says loudly that nothing can be fetched, and since when", () => {
    const failure = {
      code: "repository-unreachable",
      message: "could not resolve host git.example.org",
      hint: "check the network and repository.url in agent.yaml",
      details: ["tried 12 times"],
      since: "2025-03-01T20:30:00.000Z",
    };
    const status = { ...inSync, source: { ...inSync.source, failure }, units: [] };
    expect(screen(renderStatus(status, options)).slice(1)).toEqual([
      "▲ nothing can be fetched from ssh://git@git.example.org/hosts.git since 20:30 (30 min)",
      "  could not resolve host git.example.org",
      "  tried 12 times",
      "  hint: check the network and repository.url in agent.yaml",
    ]);
  });

  it("does not send people to sync what cannot be fetched", () => {
    const failure = {
      code: "revision-not-found",
      message: "m",
      hint: null,
      details: [],
      since: revision.committedAt,
    };
    const sync = { ...inSync.sync, state: "never", applied: null, appliedAt: null, attempted: null } as const;
    const status = { ...inSync, source: { ...inSync.source, failure }, sync, units: [] };
    expect(renderStatus(status, options)).not.toContain("gitops-agent sync");
  });

  it("shows the rejected revision beside the one that the host stays with", () => {
    const attempted = { ...revision, commit: "beef000000000000000000000000000000000000", subject: "oops" };
    const rejection = {
      code: "secret-undecryptable",
      message: "no identity of this host decrypts secrets/web.service/token.age",
      hint: "encrypt it for this host's recipient",
      details: [],
      since: "2025-02-28T20:30:00.000Z",
    };
    const sync = { ...inSync.sync, state: "rejected", attempted, rejection } as const;
    expect(screen(renderStatus({ ...inSync, sync, units: [] }, options))).toEqual([
      'media-1  ✖ rejected  main@3f2a91c "jellyfin 10.11"  applied 2 min ago · polled 12 s ago · not verified',
      '✖ main@beef000 "oops" was rejected since 2025-02-28 20:30 (24 h)',
      "  no identity of this host decrypts secrets/web.service/token.age",
      "  hint: encrypt it for this host's recipient",
    ]);
  });

  it("shows the first minutes of a host: no agent, nothing polled, nothing applied", () => {
    const status: Status = {
      ...inSync,
      agent: { running: false, pid: null, version: "0.1.0", startedAt: null },
      source: { ...inSync.source, polledAt: null },
      sync: { ...inSync.sync, state: "never", applied: null, appliedAt: null, attempted: null },
      units: [],
    };
    expect(screen(renderStatus(status, options))).toEqual([
      "media-1  ○ never synced  nothing applied yet · never polled · not verified",
      "▲ the agent is not running; this was read from the host itself",
      "  hint: start it with: systemctl start gitops-agent",
      "",
      "hint: apply the repository for the first time with: gitops-agent sync",
    ]);
  });

  it("names the units that failed in the last apply and those that wait for a restart", () => {
    const sync = {
      ...inSync.sync,
      state: "degraded",
      failedUnits: [{ unit: "api.service", message: "exited with status 1", log: [] }],
    } as const;
    const pending = [{ unit: "web.service", because: "on-change: none, and Environment= changed" }];
    const lines = screen(renderStatus({ ...inSync, sync, pending }, options));
    expect(lines[0]).toContain("✖ degraded");
    expect(lines.slice(1)).toEqual([
      "✖ exited with status 1",
      "",
      "UNIT         STATE      SINCE  RESTARTS  MEMORY  CPU",
      "web.service  ● running  2 min  0         48 MB   12 s  restart pending",
      "",
      "PENDING",
      "web.service  because on-change: none, and Environment= changed",
      "",
      "hint: push a fix; or repair the cause on this host, systemctl restart UNIT, and let gitops-agent sync look again",
      "hint: pending units run with their old definition until you restart them: systemctl restart UNIT",
    ]);
  });

  it("says of a rejected revision only once what the message says already", () => {
    const message = "revision 3f2a91c does not work: web.service failed (exit status 1)";
    const details = ["web.service failed (exit status 1)", "  cannot bind the port"];
    const rejection = { code: "unhealthy", message, hint: null, details, since: "2025-03-01T20:59:00.000Z" };
    const sync = { ...inSync.sync, state: "rejected", rejection } as const;
    expect(screen(renderStatus({ ...inSync, sync, units: [] }, options)).slice(2)).toEqual([
      `  ${message}`,
      "    cannot bind the port",
    ]);
  });

  it("gives a hint once that several findings share", () => {
    const details = [
      "a.age: error: not for this host",
      "  hint: encrypt it",
      "b.age: error: not for this host",
      "  hint: encrypt it",
    ];
    const rejection = {
      code: "secret-undecryptable",
      message: "m",
      hint: "encrypt it",
      details,
      since: revision.committedAt,
    };
    const sync = { ...inSync.sync, state: "rejected", rejection } as const;
    expect(screen(renderStatus({ ...inSync, sync, units: [] }, options)).slice(2)).toEqual([
      "  m",
      "  a.age: error: not for this host",
      "  b.age: error: not for this host",
      "  hint: encrypt it",
    ]);
  });

  it("tells that a revision is being applied, also while the one before it is still called rejected", () => {
    const applying = { ...revision, commit: "beef000000000000000000000000000000000000", subject: "fix" };
    const rejection = {
      code: "unhealthy",
      message: "m",
      hint: null,
      details: [],
      since: revision.committedAt,
    };
    const attempted = { ...revision, commit: "dead000000000000000000000000000000000000", subject: "bad" };
    const sync = { ...inSync.sync, state: "rejected", attempted, rejection, applying } as const;
    const told = '▲ main@beef000 "fix" is being applied, or its units have not settled yet';
    expect(screen(renderStatus({ ...inSync, sync, units: [] }, options)).at(-1)).toBe(told);
    const first = { ...inSync.sync, state: "out-of-sync", applied: null, attempted: null, applying } as const;
    expect(screen(renderStatus({ ...inSync, sync: first, units: [] }, options)).at(-1)).toBe(told);
  });

  it("does not call an apply that was cut off with its agent one that goes on", () => {
    const agent = { running: false, pid: null, version: "0.1.0", startedAt: null };
    const applying = { ...revision, commit: "beef000000000000000000000000000000000000", subject: "fix" };
    const sync = { ...inSync.sync, state: "out-of-sync", applying } as const;
    const last = screen(renderStatus({ ...inSync, agent, sync, units: [] }, options)).at(-1);
    expect(last).toBe('▲ main@beef000 "fix" is not applied to its end');
  });

  it("tells that a newer revision is known", () => {
    const attempted = { ...revision, commit: "beef000000000000000000000000000000000000", subject: "next" };
    const sync = { ...inSync.sync, state: "out-of-sync", attempted } as const;
    const lines = screen(renderStatus({ ...inSync, sync }, options));
    expect(lines[0]).toContain("● out of sync");
    expect(lines[1]).toBe('▲ main@beef000 "next" is not applied yet');
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
