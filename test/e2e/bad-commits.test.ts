/**
 * Every kind of mistake and of malice that a commit can hold, as data in test/fixtures/bad-commits: each is rejected with
 * its cause, and after each the host is byte for byte and process for process as it was before.
 */
import { beforeAll, expect, it } from "vitest";
import { AgentHost, repositoryPath } from "../support/agent-host.ts";
import {
  type BadCommit,
  type CorpusCommit,
  formatCorpusCommit,
  formatRawTreeScript,
  readBadCommits,
} from "../support/commit-corpus.ts";
import { describeOnEachRoot } from "../support/each-root.ts";
import type { FixtureChanges } from "../support/git-fixture.ts";
import { enabled, sleeper } from "../support/unit-texts.ts";

const units = ["a.service", "b.service", "job.timer", "w@one.service"];
const goodCommit: CorpusCommit = { name: "good", title: "the good state", changes: {}, empty: false };

describeOnEachRoot("a bad commit changes nothing:", (boot, root) => {
  let host: AgentHost;
  let good: FixtureChanges;
  let before: unknown;
  let commits = 0;

  /** Everything that the agent could have written, and who runs since when. */
  async function fingerprint(): Promise<unknown> {
    const places = "etc usr/local opt run/gitops-agent/credentials run/systemd/system";
    const script = `cd /; find ${places} -printf '%p %y %m %u %g %T@ %l\\n' 2>/dev/null | sort | sha256sum
      find etc/systemd etc/app usr/local/bin opt -type f -exec sha256sum {} + 2>/dev/null | sort -k2`;
    return { invocations: await host.machine.invocationIds(units), files: await host.machine.shell(script) };
  }

  async function push(commit: CorpusCommit): Promise<string> {
    const secrets = {
      encrypt: (text: string, to: "host" | "stranger") =>
        to === "host" ? host.encrypt(text) : AgentHost.encryptForStranger(text),
    };
    const stdin = await formatCorpusCommit(good, commit, commits, secrets);
    commits += 1;
    const git = ["git", "--git-dir", repositoryPath];
    const raw = commit["raw-tree"];
    // The agent watches the branch: a raw tree is put on top of it at once, before it looks.
    await host.machine.check([...git, "fast-import", "--quiet", "--force"], { stdin });
    if (raw === undefined) return host.machine.check([...git, "rev-parse", "refs/heads/main"]);
    return host.machine.shell(`cd ${repositoryPath}; export ${gitAuthor}; ${formatRawTreeScript(raw)}`);
  }

  beforeAll(async () => {
    host = await AgentHost.boot(boot);
    good = {
      "units/a.service": sleeper(),
      "units/b.service": sleeper(),
      "units/job.timer": "[Timer]\nOnCalendar=yearly\n[Install]\nWantedBy=timers.target\n",
      "units/job.service": "[Service]\nType=oneshot\nExecStart=/bin/true\n",
      "units/w@.service": `[Service]\nExecStart=/bin/sleep infinity\n${enabled}`,
      "units/w@one.service": { symlink: "w@.service" },
      "files/etc/app/config": "a = 1\n",
      "secrets/a.service/token.age": await host.encrypt("the old token"),
    };
    await host.machine.writeFile(
      "/etc/systemd/system/foreign.service",
      "[Service]\nExecStart=/bin/sleep 1000\n# mine\n",
    );
    const commit = await push(goodCommit);
    await host.start();
    const status = await host.waitUntilAttempted(commit);
    expect(status.sync.rejection).toBeNull();
    before = await fingerprint();
  });

  const cases = readBadCommits().filter(({ needs }) => needs !== "quadlets" || root !== "host");

  it.each(cases.map((commit) => [commit.title, commit] as const))("%s", async (_, commit: BadCommit) => {
    const status = await host.waitUntilAttempted(await push(commit));
    const { rejection } = status.sync;
    const told = [rejection?.message, rejection?.hint, ...(rejection?.details ?? [])].join("\n");
    expect({ code: rejection?.code, told }).toEqual({ code: commit.code, told: expect.any(String) });
    for (const fragment of commit.says) expect(told).toContain(fragment);
    for (const fragment of commit["never-says"]) expect(JSON.stringify(status)).not.toContain(fragment);
    // Nothing of a commit may act on the terminal of who reads about it.
    expect(told).not.toMatch(/[^\P{Cc}\n]/u);
    expect(await fingerprint()).toEqual(before);
  });

  it("and the good state again needs no step at all", async () => {
    const status = await host.waitUntilAttempted(await push(goodCommit));
    expect(status.sync.state).toBe("in-sync");
    expect(await fingerprint()).toEqual(before);
  });
});

const gitAuthor =
  "GIT_AUTHOR_NAME=Mallory GIT_AUTHOR_EMAIL=m@example.org GIT_COMMITTER_NAME=Mallory GIT_COMMITTER_EMAIL=m@example.org";
