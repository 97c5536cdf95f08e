import { describe, expect, it } from "vitest";
import { type PlanRenderOptions, renderPlan } from "../../../src/cli/render/plan.ts";
import type { HostFile } from "../../../src/core/model/desired.ts";
import type { Plan } from "../../../src/core/model/plan.ts";

const wide: PlanRenderOptions = {
  colour: false,
  width: Number.POSITIVE_INFINITY,
  explain: false,
  unmentioned: [],
};

const file: HostFile = {
  kind: "file",
  path: "/etc/systemd/system/web.service",
  role: "fragment",
  origin: "units/web.service",
  unit: "web.service",
  bytes: new Uint8Array(),
  digest: "sha256:00",
  mode: 0o644,
};
const link: HostFile = {
  kind: "link",
  path: "/etc/systemd/system/multi-user.target.wants/web.service",
  role: "enablement",
  origin: "units/web.service",
  unit: "web.service",
  linkTarget: "/etc/systemd/system/web.service",
};

const empty: Plan = {
  revision: {
    branch: "main",
    commit: "3f2a91c0000000000000000000000000000000aa",
    subject: "jellyfin 10.11",
    author: "alice@example.org",
    committedAt: "2025-03-01T20:57:00Z",
  },
  steps: [],
  refusals: [],
  spared: [],
  explanations: [],
  alongside: [],
  leaving: [],
  owedHooks: [],
  scope: null,
  released: new Map(),
  expected: new Set(),
};

function screen(plan: Plan, options = wide): string[] {
  return renderPlan(plan, [], options).split("\n");
}

describe("renderPlan", () => {
  it("lists the steps in their order, each with its cause, and the units that are not interrupted", () => {
    const plan: Plan = {
      ...empty,
      steps: [
        { kind: "credentials", because: "secrets changed in git", changed: ["web.service/db-password"] },
        { kind: "stop", unit: "old.service", because: "removed from git" },
        { kind: "write", file, because: "changed in git", backup: false, replaces: true },
        { kind: "write", file: link, because: "new in git", backup: false, replaces: false },
        {
          kind: "delete",
          path: "/etc/systemd/system/old.service",
          role: "fragment",
          unit: "old.service",
          because: "removed from git",
          backup: false,
        },
        { kind: "daemon-reload", because: "3 unit files changed" },
        { kind: "restart", unit: "web.service", because: "Environment= changed (units/web.service:7)" },
        { kind: "start", unit: "new.service", because: "new in git (units/new.service)" },
      ],
      spared: [
        {
          unit: "api.service",
          class: "inert",
          because: "Description= changed: nothing that runs depends on it",
          pending: false,
        },
        {
          unit: "init-data.service",
          class: "restart",
          because: "ExecStart= changed: on-change is none",
          pending: true,
        },
      ],
    };
    expect(screen(plan)).toEqual([
      'main@3f2a91c "jellyfin 10.11"',
      "",
      "credentials    web.service/db-password          because secrets changed in git",
      "stop           old.service                      because removed from git",
      "write          /etc/systemd/system/web.service  because changed in git",
      "write          /etc/systemd/system/multi-user.target.wants/web.service -> /etc/systemd/system/web.service  because new in git",
      "delete         /etc/systemd/system/old.service  because removed from git",
      "daemon-reload                                   because 3 unit files changed",
      "restart        web.service                      because Environment= changed (units/web.service:7)",
      "start          new.service                      because new in git (units/new.service)",
      "",
      "uninterrupted  api.service        because Description= changed: nothing that runs depends on it",
      "pending        init-data.service  because ExecStart= changed: on-change is none",
      "",
      "3 files, 1 unit started, 2 units interrupted. 1 interruption left to you.",
      "",
    ]);
  });

  it("counts what is taken along as interrupted, and not as started what runs on", () => {
    const plan: Plan = {
      ...empty,
      steps: [
        { kind: "restart", unit: "db.service", because: "ExecStart= changed" },
        {
          kind: "start",
          unit: "app.target",
          because: "Wants= changed, to pull in what was added",
          runsOn: true,
        },
        { kind: "start", unit: "new.service", because: "new in git" },
      ],
      alongside: [
        { unit: "web.service", action: "restart", because: "it has Requires=db.service, which is restarted" },
      ],
    };
    expect(screen(plan).at(-2)).toBe("0 files, 1 unit started, 2 units interrupted.");
  });

  it("says when there is nothing to do", () => {
    expect(screen(empty)).toEqual(['main@3f2a91c "jellyfin 10.11"', "", "Nothing to do.", ""]);
  });

  it("puts refusals first, and says what they mean", () => {
    const plan: Plan = {
      ...empty,
      refusals: [
        {
          code: "protected",
          subject: "ssh.service",
          message: "is protected on this host",
          hint: "remove units/ssh.service, or lift the protection in agent.yaml: allow-protected",
        },
      ],
      steps: [{ kind: "start", unit: "new.service", because: "new in git" }],
    };
    expect(screen(plan)).toEqual([
      'main@3f2a91c "jellyfin 10.11"',
      "",
      "✖ refused: ssh.service: is protected on this host",
      "  hint: remove units/ssh.service, or lift the protection in agent.yaml: allow-protected",
      "",
      "start          new.service  because new in git",
      "",
      "Nothing is done while something is refused.",
      "",
    ]);
  });

  it("moves a long cause below its step on a narrow terminal", () => {
    const because = "Environment= changed (units/web.service:7)";
    const plan: Plan = { ...empty, steps: [{ kind: "restart", unit: "web.service", because }] };
    expect(screen(plan, { colour: false, width: 60, explain: false, unmentioned: [] }).slice(2, 4)).toEqual([
      "restart        web.service",
      "    because Environment= changed (units/web.service:7)",
    ]);
  });

  it("shows hostile names instead of obeying them", () => {
    const plan: Plan = { ...empty, steps: [{ kind: "start", unit: "a\u001b[2J.service", because: "b\nc" }] };
    expect(screen(plan)[2]).toBe("start          a\\x1b[2J.service  because b\\nc");
  });
});
