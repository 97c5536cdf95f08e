/**
 * Every kind of mistake and of malice that a commit can hold, as data in test/fixtures/bad-commits: each is rejected with
 * its cause, and after each the host is byte for byte and process for process as it was before.
 */
import { beforeAll, expect, it } from "vitest";
import { AgentHost } from "../support/hosts/agent-host.ts";
import { type BadCommit, type CorpusCommit, readBadCommits } from "../support/hosts/commit-corpus.ts";
import { CorpusHost } from "../support/hosts/corpus-host.ts";
import { describeOnEachRoot } from "../support/machine/each-root.ts";
import { enabled, sleeper } from "../support/texts/unit-texts.ts";

const units = ["a.service", "b.service", "job.timer", "w@one.service"];
const goodCommit: CorpusCommit = { name: "good", title: "the good state", changes: {}, empty: false };

describeOnEachRoot("a bad commit changes nothing:", (boot, root) => {
  let host: AgentHost;
  let corpus: CorpusHost;
  let before: unknown;

  /** Everything that the agent could have written, and who runs since when. */
  async function fingerprint(): Promise<unknown> {
    const places = "etc opt usr/local/bin run/gitops-agent/credentials run/systemd/system";
    const script = `cd /; find ${places} -xdev -path opt/gitops-agent-source -prune -o -printf '%p %y %m %u %g %s %T@ %C@ %l\\n' 2>/dev/null | sort
      find etc/systemd etc/app -type f -exec sha256sum {} + | sort -k2`;
    return { invocations: await host.machine.invocationIds(units), files: await host.machine.shell(script) };
  }

  beforeAll(async () => {
    host = await AgentHost.boot(boot);
    const good = {
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
    corpus = new CorpusHost(host, good);
    const commit = await corpus.push(goodCommit);
    await host.start();
    const status = await corpus.waitUntilAttempted(commit);
    expect(status.sync.rejection).toBeNull();
    before = await fingerprint();
  });

  const cases = readBadCommits().filter(({ needs }) => needs !== "quadlets" || root !== "host");

  it.each(cases.map((commit) => [commit.title, commit] as const))("%s", async (_, commit: BadCommit) => {
    const status = await corpus.pushAndWait(commit);
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
    const status = await corpus.pushAndWait(goodCommit);
    expect(status.sync.state).toBe("in-sync");
    expect(await fingerprint()).toEqual(before);
  });
});
