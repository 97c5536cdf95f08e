/** The repository on a machine: commits are brought in beforehand, so that a push is only the move of the branch. */
import { type FixtureChanges, formatCommit } from "../../test/support/git/git-fixture.ts";
import { repositoryPath } from "../../test/support/hosts/agent-host.ts";
import type { Machine } from "../../test/support/machine/machine.ts";

const branch = "staged";

export class Repository {
  readonly #machine: Machine;
  #commits = 0;

  constructor(machine: Machine) {
    this.#machine = machine;
  }

  /** Makes the empty repository. */
  async create(): Promise<void> {
    await this.#machine.check(["git", "init", "--quiet", "--bare", "--initial-branch=main", repositoryPath]);
  }

  /** Adds a commit that nobody follows yet; returns its id. */
  async stage(changes: FixtureChanges): Promise<string> {
    const when = `${1_700_000_000 + this.#commits} +0000`;
    const parent = this.#commits === 0 ? "" : `from refs/heads/${branch}^0\n`;
    const message = `change ${this.#commits}`;
    this.#commits += 1;
    const stdin = formatCommit({ branch, when, message, parent, changes });
    const git = ["git", "--git-dir", repositoryPath];
    await this.#machine.check([...git, "fast-import", "--quiet"], { stdin });
    return this.#machine.check([...git, "rev-parse", `refs/heads/${branch}`]);
  }
}

/** A line of shell that moves the branch, as a push does, or touches it when there is no commit. */
export function makePush(commit: string | null): string {
  return commit === null
    ? `touch ${repositoryPath}/refs/heads/main`
    : `git --git-dir ${repositoryPath} update-ref refs/heads/main ${commit}`;
}
