/**
 * Pushes commits of the corpora to a machine, each on top of the same good state, and asks the daemon what became of them.
 * Quick, as there are many: the wait asks the daemon's socket itself, without a start of the command.
 */
import type { Status } from "../../../src/core/model/status.ts";
import type { FixtureChanges } from "../git/git-fixture.ts";
import { AgentHost, hasTried, repositoryPath } from "./agent-host.ts";
import { type CorpusCommit, formatCorpusCommit, formatRawTreeScript } from "./commit-corpus.ts";

const author =
  "GIT_AUTHOR_NAME=M GIT_AUTHOR_EMAIL=m@example.org GIT_COMMITTER_NAME=M GIT_COMMITTER_EMAIL=m@example.org";
const attemptDeadlineMs = 90_000;

export class CorpusHost {
  readonly host: AgentHost;
  private readonly good: FixtureChanges;
  private commits = 0;

  constructor(host: AgentHost, good: FixtureChanges) {
    this.host = host;
    this.good = good;
  }

  /** Returns the commit's id. */
  async push(commit: CorpusCommit): Promise<string> {
    const secrets = {
      encrypt: (text: string, to: "host" | "stranger") =>
        to === "host" ? this.host.encrypt(text) : AgentHost.encryptForStranger(text),
    };
    const stdin = await formatCorpusCommit(this.good, commit, this.commits, secrets);
    this.commits += 1;
    const rawTree = commit["raw-tree"] === undefined ? "" : formatRawTreeScript(commit["raw-tree"]);
    const script = `export GIT_DIR=${repositoryPath} ${author}
      git fast-import --quiet --force
      ${rawTree}
      git rev-parse main`;
    return this.host.machine.shell(script, { stdin });
  }

  /** The daemon's status after it has tried this commit. */
  async waitUntilAttempted(commit: string): Promise<Status> {
    const socket = "/run/gitops-agent/status.sock";
    const ask = ["curl", "-fsS", "--unix-socket", socket, "http://agent/v1/status"];
    return this.host.machine.waitFor(
      `the agent to try ${commit.slice(0, 7)}`,
      async () => {
        const status = JSON.parse(await this.host.machine.check(ask)) as Status;
        return hasTried(status, commit) ? status : undefined;
      },
      attemptDeadlineMs,
    );
  }

  async pushAndWait(commit: CorpusCommit): Promise<Status> {
    return this.waitUntilAttempted(await this.push(commit));
  }
}
