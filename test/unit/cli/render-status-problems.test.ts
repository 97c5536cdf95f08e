/** What the status says when something is wrong or under way. */
import { describe, expect, it } from "vitest";
import { renderStatus } from "../../../src/cli/render/status.ts";
import type { StatusRenderOptions } from "../../../src/cli/render/status-units.ts";
import type { Status } from "../../../src/core/model/status.ts";
import { inSync, revision, running } from "../../support/values/status-fixture.ts";

const now = Date.parse("2025-03-01T21:00:00.000Z");
const options: StatusRenderOptions = { colour: false, width: Number.POSITIVE_INFINITY, now, timeZone: "UTC" };

function screen(text: string): string[] {
  expect(text.endsWith("\n")).toBe(true);
  return text.slice(0, -1).split("\n");
}

describe("renderStatus", () => {
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

  it("does not call a host in sync whose agent cannot write its state", () => {
    const stateFailure = {
      code: "state-unwritable",
      message: "cannot write /var/lib/gitops-agent/sync.json: no space left on the device",
      hint: "free some space",
      details: [],
      since: "2025-03-01T20:30:00.000Z",
    };
    const sync = { ...inSync.sync, state: "unwritable" } as const;
    const status = { ...inSync, agent: { ...inSync.agent, stateFailure }, sync, units: [] };
    expect(screen(renderStatus(status, options))).toEqual([
      'media-1  ✖ state cannot be written  main@3f2a91c "jellyfin 10.11"  applied 2 min ago · polled 12 s ago · not verified',
      "✖ nothing is applied, as the agent's state cannot be written since 20:30 (30 min)",
      "  cannot write /var/lib/gitops-agent/sync.json: no space left on the device",
      "  hint: free some space",
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
      '✖ main@beef000 "oops" was rejected at 2025-02-28 20:30 (24 h ago)',
      "  no identity of this host decrypts secrets/web.service/token.age",
      "  hint: encrypt it for this host's recipient",
    ]);
  });

  it("says of a host that waits for a person since when and what the person can do", () => {
    const failure = {
      message: "m",
      hint: "gitops-agent sync --x",
      details: [],
      since: "2025-03-01T20:30:00.000Z",
    };
    const stall = { ...failure, code: "host-changed" };
    const rejection = { ...failure, code: "prune-limit" };
    for (const [what, found] of [
      ["this host", { stall }],
      [
        'main@3f2a91c "jellyfin 10.11"',
        { rejection, attempt: { phase: "waiting", cause: "push", beganAt: "", phaseAt: "" } },
      ],
    ] as const) {
      const sync = { ...inSync.sync, state: "stalled", ...found } as const;
      expect(screen(renderStatus({ ...inSync, sync, units: [] }, options))).toEqual([
        'media-1  ✖ stalled  main@3f2a91c "jellyfin 10.11"  applied 2 min ago · polled 12 s ago · not verified',
        `✖ ${what} waits for a decision since 20:30 (30 min)`,
        "  m",
        "  hint: gitops-agent sync --x",
      ]);
    }
  });

  it("shows the first minutes of a host: no agent, nothing polled, nothing applied", () => {
    const status: Status = {
      ...inSync,
      agent: { running: false, pid: null, version: "0.1.0", startedAt: null, stateFailure: null },
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

  it("says of a blocked revision that the agent tries it again by itself", () => {
    const since = "2025-03-01T20:59:00.000Z";
    const rejection = {
      code: "host-write-failed",
      message: "the disk is full",
      hint: null,
      details: [],
      since,
    };
    const attempt = { phase: "blocked", cause: "push", beganAt: since, phaseAt: since } as const;
    const sync = { ...inSync.sync, state: "blocked", attempt, rejection } as const;
    const lines = screen(renderStatus({ ...inSync, sync, units: [] }, options));
    expect(lines[0]).toContain("✖ blocked");
    expect(lines[1]).toMatch(/^✖ main@.* cannot be applied since /);
    expect(lines.slice(2)).toEqual(["  the disk is full", "  the agent tries again by itself"]);
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
    const agent = { running: false, pid: null, version: "0.1.0", startedAt: null, stateFailure: null };
    const applying = { ...revision, commit: "beef000000000000000000000000000000000000", subject: "fix" };
    const sync = { ...inSync.sync, state: "out-of-sync", applying } as const;
    const last = screen(renderStatus({ ...inSync, agent, sync, units: [] }, options)).at(-1);
    expect(last).toBe('▲ main@beef000 "fix" is not applied to its end');
  });

  it("names the units that are not as they should be, and those that systemd has restarted", () => {
    const sync = { ...inSync.sync, state: "degraded" } as const;
    const stopped = {
      word: "stopped",
      message: "was stopped, and is expected to run",
      degrades: true,
    } as const;
    const crashed = {
      word: "crashed",
      message: "was restarted by systemd (killed by its watchdog)",
      degrades: false,
    } as const;
    const looping = {
      word: "looping",
      message: "is restarted by systemd again and again",
      degrades: true,
    } as const;
    const units = [
      { ...running, name: "a.service", activeState: "inactive", subState: "dead", finding: stopped } as const,
      { ...running, name: "b.service", finding: looping, restarts: 12 },
      { ...running, name: "c.service", finding: crashed, restarts: 1 },
    ];
    expect(screen(renderStatus({ ...inSync, sync, units }, options)).slice(1)).toEqual([
      "✖ a.service was stopped, and is expected to run",
      "✖ b.service is restarted by systemd again and again",
      "▲ c.service was restarted by systemd (killed by its watchdog)",
      "",
      "UNIT       STATE      SINCE  RESTARTS  MEMORY  CPU",
      "a.service  ✖ stopped  2 min  0         48 MB   12 s  was stopped, and is expected to run",
      "b.service  ✖ looping  2 min  12        48 MB   12 s  is restarted by systemd again and again",
      "c.service  ● running  2 min  1         48 MB   12 s  was restarted by systemd (killed by its watchdog)",
      "",
      "hint: see journalctl -u UNIT; repair the cause on this host, and systemctl restart UNIT; or push a fix",
    ]);
  });

  it("does not blame an action for a run that began after it", () => {
    const lastAction = {
      action: "restarted",
      because: "Environment= changed",
      at: "2025-03-01T20:57:00.000Z",
    };
    expect(renderStatus({ ...inSync, units: [{ ...running, lastAction }] }, options)).not.toContain(
      "Environment",
    );
  });

  it("says what keeps it from knowing: no agent, no systemd, no place to write", () => {
    const failure = { code: "systemd-unreachable", message: "no bus", hint: null, details: [], since: "" };
    const stateFailure = {
      ...failure,
      code: "state-unwritable",
      message: "the disk is full",
      since: "2025-03-01T20:30:00.000Z",
    };
    const status: Status = {
      ...inSync,
      agent: { ...inSync.agent, stateFailure },
      systemd: { failure },
      sync: { ...inSync.sync, state: "unwritable" },
      units: [],
    };
    const lines = screen(renderStatus(status, options));
    expect(lines[0]).toContain("✖ state cannot be written");
    expect(lines.slice(1)).toEqual([
      "✖ nothing is applied, as the agent's state cannot be written since 20:30 (30 min)",
      "  the disk is full",
      "✖ how the units do is not known: no bus",
    ]);
    const stale = { ...inSync, sync: { ...inSync.sync, state: "stale" as const }, units: [] };
    expect(screen(renderStatus(stale, options)).slice(1)).toEqual([
      "✖ the repository has not answered since 20:59",
    ]);
  });

  it("tells that a newer revision is known", () => {
    const attempted = { ...revision, commit: "beef000000000000000000000000000000000000", subject: "next" };
    const sync = { ...inSync.sync, state: "out-of-sync", attempted } as const;
    const lines = screen(renderStatus({ ...inSync, sync }, options));
    expect(lines[0]).toContain("● out of sync");
    expect(lines[1]).toBe('▲ main@beef000 "next" is not applied yet');
  });
});
