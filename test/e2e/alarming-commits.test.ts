/**
 * Commits that look wrong and are not, or not wrong enough, as data in test/fixtures/alarming-commits: each is applied, and
 * each warning about it is told, with file and line, and no other.
 */
import { beforeAll, expect, it } from "vitest";
import { AgentHost } from "../support/hosts/agent-host.ts";
import {
  type AlarmingCommit,
  type CorpusCommit,
  readAlarmingCommits,
} from "../support/hosts/commit-corpus.ts";
import { CorpusHost } from "../support/hosts/corpus-host.ts";
import { describeOnEachRoot } from "../support/machine/each-root.ts";
import { sleeper } from "../support/texts/unit-texts.ts";

const goodCommit: CorpusCommit = { name: "good", title: "the good state", changes: {}, empty: false };

describeOnEachRoot("an alarming commit is applied with warnings:", (boot) => {
  let host: AgentHost;
  let corpus: CorpusHost;
  /** Log entries that earlier cases have read. */
  let read = 0;

  beforeAll(async () => {
    // The units of the corpus are not started, so there is nothing to wait for.
    host = await AgentHost.boot(boot, { agentYaml: "log: { format: json }" });
    corpus = new CorpusHost(host, {
      "units/a.service": sleeper(),
      "gitops.yaml": "defaults: { health: { settle: 0s } }\n",
    });
    const commit = await corpus.push(goodCommit);
    await host.start();
    expect((await corpus.waitUntilAttempted(commit)).sync.state).toBe("in-sync");
    expect(await readWarnings(commit)).toEqual([]);
  });

  /** What the daemon logged about a commit, until it had applied it. */
  async function readWarnings(commit: string): Promise<readonly string[]> {
    const entries = await host.machine.waitFor("the journal to have it all", async () => {
      const log = await host.machine.journal({ unit: "gitops-agent.service", output: "cat" });
      const all = log.split("\n").flatMap(parseEntry).slice(read);
      const isApplied = ({ event, revision }: LogEntry) =>
        event === "revision.applied" && revision === `main@${commit.slice(0, 12)}`;
      return all.some(isApplied) ? all : undefined;
    });
    read += entries.length;
    return entries
      .filter(({ event }) => event === "revision.warned")
      .map(({ file, line, message, hint }) =>
        [line === undefined ? file : `${file}:${line}`, message, hint].join(" "),
      );
  }

  const cases = readAlarmingCommits().map((commit) => [commit.title, commit] as const);

  it.each(cases)("%s", async (_, commit: AlarmingCommit) => {
    const pushed = await corpus.push(commit);
    const status = await corpus.waitUntilAttempted(pushed);
    // A drop-in for a protected unit leaves that pending, so the headline is not "in sync" for each of them.
    const { applied, rejection, failedUnits } = status.sync;
    expect({ commit: applied?.commit, rejection, failedUnits }).toEqual({
      commit: pushed,
      rejection: null,
      failedUnits: [],
    });
    expect(["in-sync", "pending"]).toContain(status.sync.state);
    const warnings = await readWarnings(pushed);
    for (const pattern of commit.warns) expect(warnings).toContainEqual(expect.stringMatching(pattern));
    expect(
      warnings.filter((text) => !commit.warns.some((pattern) => new RegExp(pattern).test(text))),
    ).toEqual([]);
  });
});

interface LogEntry {
  readonly event: string;
  readonly revision?: string;
  readonly file?: string;
  readonly line?: number;
  readonly message?: string;
  readonly hint?: string;
}

/** systemd itself writes to the unit's log, too. */
function parseEntry(line: string): readonly LogEntry[] {
  return line.startsWith("{") ? [JSON.parse(line) as LogEntry] : [];
}
