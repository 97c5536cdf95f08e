/** What each forge is told about a commit, in the form that its API documents. */
import { describe, expect, it } from "vitest";
import { type CommitState, judgeCommit } from "../../../src/core/health/commit-state.ts";
import type { CommitStatusSettings, Forge } from "../../../src/core/model/integration-settings.ts";
import type { Status } from "../../../src/core/model/status.ts";
import { isTaken, makeStatusRequest } from "../../../src/outward/forge/forges.ts";
import { inSync, revision } from "../../support/values/status-fixture.ts";

const settingsOf = (forge: Forge, project = "ops/hosts"): CommitStatusSettings => ({
  forge,
  tokenFile: "/etc/gitops-agent/forge-token",
  apiUrl: "https://forge.example.org/api",
  project,
});
const commit = "c".repeat(40);
const state: CommitState = { commit, state: "error", description: "cannot be applied now:\n disk full" };
const url = "https://forge.example.org/api";

describe("a commit status", () => {
  it.each([
    ["github", `${url}/repos/ops/hosts/statuses/${commit}`, "Bearer t0ken"],
    ["gitea", `${url}/repos/ops/hosts/statuses/${commit}`, "token t0ken"],
    ["forgejo", `${url}/repos/ops/hosts/statuses/${commit}`, "token t0ken"],
  ] as const)("for %s", (forge, wanted, authorization) => {
    const request = makeStatusRequest(settingsOf(forge), "t0ken", "media", state);
    expect([request.url, request.headers["authorization"]]).toEqual([wanted, authorization]);
    expect(JSON.parse(request.body)).toEqual({
      state: "error",
      description: "cannot be applied now: disk full",
      context: "gitops-agent/media",
    });
  });

  it("for GitLab, which names the project in one part of the path and knows no error", () => {
    const request = makeStatusRequest(settingsOf("gitlab", "ops/team/hosts"), "t0ken", "media", state);
    expect(request.url).toBe(`${url}/projects/ops%2Fteam%2Fhosts/statuses/${commit}`);
    expect(request.headers["private-token"]).toBe("t0ken");
    expect(JSON.parse(request.body)).toMatchObject({ state: "failed", name: "gitops-agent/media" });
  });

  it("is cut to what the forge takes", () => {
    const long = { ...state, description: "é".repeat(500) };
    const { body } = makeStatusRequest(settingsOf("github"), "t0ken", "media", long);
    const { description } = JSON.parse(body) as { readonly description: string };
    expect([...description]).toHaveLength(140);
  });

  it("that GitLab has already counts as taken, and any other refusal does not", () => {
    const repeated = {
      status: 400,
      text: '{"message":"Cannot transition status via :run from :running"}',
      retryAfter: null,
    };
    expect(isTaken(settingsOf("gitlab"), repeated)).toBe(true);
    expect(isTaken(settingsOf("github"), repeated)).toBe(false);
    expect(isTaken(settingsOf("github"), { status: 201, text: "", retryAfter: null })).toBe(true);
  });
});

describe("the state of a commit", () => {
  const failure = { code: "unhealthy", message: "web.service failed", hint: null, details: [], since: "" };
  const judge = (
    phase: NonNullable<Status["sync"]["attempt"]>["phase"],
    changes: Partial<Status["sync"]> = {},
  ) => {
    const at = "2025-03-01T00:00:00.000Z";
    const attempt = { phase, cause: "push", beganAt: at, phaseAt: at } as const;
    return judgeCommit({ ...inSync, sync: { ...inSync.sync, attempt, attempted: revision, ...changes } });
  };

  it("is a success only when the commit is applied and its units work", () => {
    expect(judge("applied")).toMatchObject({ commit: revision.commit, state: "success" });
    const failedUnits = [{ unit: "web.service", message: "failed", log: [] }];
    expect(judge("degraded", { failedUnits })).toMatchObject({
      state: "failure",
      description: expect.stringContaining("web.service"),
    });
  });

  it("says why a commit was refused or undone", () => {
    expect(judge("refused", { rejection: failure })?.description).toBe("was refused: web.service failed");
    expect(judge("rolled-back", { rejection: failure })).toMatchObject({ state: "failure" });
    expect(judge("blocked", { rejection: failure })).toMatchObject({ state: "error" });
  });

  it("is pending while it waits, with what it waits for", () => {
    const waiting = { for: "approval", until: null, since: "", would: { steps: 1, interrupts: [] } } as const;
    expect(judge("waiting", { waiting })).toMatchObject({
      state: "pending",
      description: "waits for an approval",
    });
  });

  it("is none before the first attempt", () => {
    expect(judgeCommit({ ...inSync, sync: { ...inSync.sync, attempt: null } })).toBeNull();
  });
});
