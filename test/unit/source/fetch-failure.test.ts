/** What the operator reads for what git and ssh print. The samples are real output. */
import { describe, expect, it } from "vitest";
import { AgentError } from "../../../src/core/model/errors.ts";
import { explainFailure, isMissingRef, reportUnexplained } from "../../../src/source/fetch-failure.ts";
import { GitFailure } from "../../../src/source/git-process.ts";

const access = {
  url: "https://git.example.org/me/hosts.git",
  branch: "main",
  followed: { kind: "branch", name: "main" },
  sshKey: "/etc/gitops-agent/deploy_key",
  knownHosts: "/etc/gitops-agent/known_hosts",
  tokenFile: "/etc/gitops-agent/token",
} as const;
const context = { access, timeoutMs: 30_000, secrets: ["s3cret-token"] };

function textOf(error: AgentError | null): string {
  if (error === null) return "";
  return `${error.message}\n${error.hint}\n${error.cause instanceof Error ? error.cause.message : ""}`;
}

describe("explainFailure", () => {
  it.each([
    ["fatal: unable to access 'https://x/': Could not resolve host: x", /does not resolve/, /DNS/],
    [
      "ssh: Could not resolve hostname x: Name or service not known\nfatal: Could not read from remote repository.",
      /does not resolve/,
      /DNS/,
    ],
    [
      "ssh: connect to host x port 22: Connection refused\nfatal: Could not read from remote repository.",
      /cannot reach/,
      /server is up/,
    ],
    [
      "fatal: unable to access 'https://x/': Failed to connect to x port 443 after 1 ms: Couldn't connect to server",
      /cannot reach/,
      /server is up/,
    ],
    [
      "error: RPC failed; HTTP 502 curl 22 The requested URL returned error: 502",
      /cannot reach/,
      /server is up/,
    ],
    ["fatal: the remote end hung up unexpectedly\nfatal: early EOF", /cannot reach/, /server is up/],
    [
      "fatal: Authentication failed for 'https://x/'",
      /does not let the agent in/,
      /\/etc\/gitops-agent\/token/,
    ],
    [
      "fatal: could not read Username for 'https://x': terminal prompts disabled",
      /does not let the agent in/,
      /token/,
    ],
    [
      "git@x: Permission denied (publickey).\nfatal: Could not read from remote repository.",
      /ssh key/,
      /deploy key/,
    ],
    [
      "No ED25519 host key is known for x and you have requested strict checking.\nHost key verification failed.",
      /host key .* is not known/,
      /\/etc\/gitops-agent\/known_hosts/,
    ],
    [
      "@    WARNING: REMOTE HOST IDENTIFICATION HAS CHANGED!     @\nHost key verification failed.",
      /another host key/,
      /known_hosts/,
    ],
    [
      "@         WARNING: UNPROTECTED PRIVATE KEY FILE!          @\ngit@x: Permission denied (publickey).",
      /other users may read it/,
      /chmod 600/,
    ],
    ["fatal: repository 'https://x/' not found", /there is no repository/, /url/],
    [
      "ERROR: Repository not found.\nfatal: Could not read from remote repository.",
      /there is no repository/,
      /url/,
    ],
    ["fatal: '/srv/x' does not appear to be a git repository", /there is no repository/, /url/],
    [
      "fatal: detected dubious ownership in repository at '/srv/x'",
      /another user owns it/,
      /safe\.directory/,
    ],
    [
      "fatal: unable to access 'https://x/': server certificate verification failed. CAfile: none",
      /certificate/,
      /clock/,
    ],
    ["fatal: transport 'ext' not allowed", /not allowed/, /ssh, https/],
  ])("says what to do about %j", (stderr, message, hint) => {
    const error = explainFailure(new GitFailure(stderr), context);
    expect(error).toBeInstanceOf(AgentError);
    expect(error).toMatchObject({
      code: "repository-unreachable",
      subject: "https://git.example.org/me/hosts.git",
    });
    expect(error?.message).toMatch(message);
    expect(error?.hint).toMatch(hint);
  });

  it.each([
    [
      "fatal: write error: No space left on device\nfatal: fetch-pack: invalid index-pack output",
      /no space left/,
      /room/,
    ],
    [
      "error: unable to create temporary file: Read-only file system\nfatal: unpack-objects failed",
      /read-only/,
      /mounted read-only/,
    ],
  ])("blames this host, not the server, for %j", (stderr, message, hint) => {
    const error = explainFailure(new GitFailure(stderr), context);
    expect(error).toMatchObject({ code: "host-write-failed" });
    expect(error?.message).toMatch(message);
    expect(error?.hint).toMatch(hint);
  });

  it("blames the commit for directories that git does not descend into", () => {
    const failure = new GitFailure("fatal: exceeded maximum allowed tree depth");
    expect(explainFailure(failure, context)).toMatchObject({ code: "repository-invalid" });
  });

  it("says for how long the server was silent", () => {
    expect(explainFailure(new GitFailure("", true), context)?.message).toContain("did not answer for 30 s");
  });

  it.each([
    "error: object file ./objects/ab/cd is empty\nfatal: bad object refs/remotes/origin/main",
    "fatal: not a git repository: '/var/lib/gitops-agent/clone'",
    "fatal: pack has 3 unresolved deltas\nfatal: fetch-pack: invalid index-pack output",
    "fatal: Unable to create '/var/lib/gitops-agent/clone/packed-refs.lock': File exists.",
  ])("does not blame the network for %j", (stderr) => {
    expect(explainFailure(new GitFailure(stderr), context)).toBeNull();
  });

  it("is not misled by the name of the repository", () => {
    const named = { ...context, access: { ...access, url: "/srv/Connection refused.git" } };
    expect(
      explainFailure(new GitFailure("fatal: bad object in /srv/Connection refused.git"), named),
    ).toBeNull();
  });
});

describe("what is quoted of git", () => {
  it("holds no token, no user part of a URL and no control character", () => {
    const stderr = [
      "remote: your token s3cret-token has expired",
      "fatal: Authentication failed for 'https://bob:hunter2@git.example.org/\u001b[31m'",
    ].join("\n");
    const text = textOf(explainFailure(new GitFailure(stderr), context));
    expect(text).toContain("your token *** has expired");
    expect(text).toContain("https://git.example.org/");
    expect(text).not.toMatch(/s3cret|hunter2|bob|[^\P{Cc}\n]/u);
  });

  it("is the last few lines, without progress", () => {
    const stderr = `remote: Counting objects:  50% (1/2)\rremote: Counting objects: 100% (2/2), done.\n${"noise\n".repeat(50)}fatal: odd ${"x".repeat(1000)}`;
    const error = reportUnexplained(new GitFailure(stderr), context);
    expect(textOf(error)).not.toContain("Counting");
    expect(textOf(error).length).toBeLessThan(1500);
    expect(error.message).toMatch(
      /^git cannot fetch from https:\/\/git\.example\.org\/me\/hosts\.git: fatal: odd x/,
    );
  });
});

describe("isMissingRef", () => {
  it.each([
    "fatal: couldn't find remote ref refs/heads/main",
    "fatal: remote error: upload-pack: not our ref 1111111111111111111111111111111111111111",
    "error: Server does not allow request for unadvertised object 70f815a05e25d74d9d9dd20fe22784ad9c765615",
  ])("recognises git's words %j", (stderr) => {
    expect(isMissingRef(new GitFailure(stderr))).toBe(true);
  });

  it("takes nothing else for them", () => {
    expect(isMissingRef(new GitFailure("fatal: Could not read from remote repository."))).toBe(false);
  });
});
