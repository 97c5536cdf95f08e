/** A fixture repository with a GitRepository on it, deleted when the test ends. Must not hold assertions. */
import { join } from "node:path";
import { onTestFinished } from "vitest";
import type { RepositoryAccess, VerifyRules } from "../../../src/core/model/repository-access.ts";
import { GitRepository } from "../../../src/source/git-repository.ts";
import { createRepository, type FixtureRepository } from "../../support/git/git-fixture.ts";

export const everything = (): boolean => true;

/** For calls that nobody aborts. */
export function neverAborted(): AbortSignal {
  return new AbortController().signal;
}

export interface OpenedRepository {
  readonly source: FixtureRepository;
  readonly cloneDirectory: string;
  readonly repository: GitRepository;
  /** Another agent process on the same clone. */
  reopen(access?: Partial<RepositoryAccess>, timeoutMs?: number, verify?: VerifyRules | null): GitRepository;
}

export async function openRepository(access: Partial<RepositoryAccess> = {}): Promise<OpenedRepository> {
  const source = await createRepository();
  onTestFinished(() => source.remove());
  const cloneDirectory = join(source.directory, "state", "clone");
  const reopen: OpenedRepository["reopen"] = (changed = access, timeoutMs = 20_000, verify = null) => {
    const { followed = { kind: "branch", name: changed.branch ?? source.branch } } = changed;
    const label = followed.kind === "branch" ? followed.name : `${followed.kind} ${followed.name}`;
    return new GitRepository({
      access: { url: source.bareDirectory, branch: label, ...changed, followed },
      verify,
      cloneDirectory,
      timeoutMs,
    });
  };
  return { source, cloneDirectory, repository: reopen(), reopen };
}

/** Calls `check` until it is true; for what other processes do in their own time. */
export async function waitUntil(check: () => boolean | Promise<boolean>, deadlineMs = 15_000): Promise<void> {
  const deadline = Date.now() + deadlineMs;
  while (!(await check())) {
    if (Date.now() > deadline) throw new Error("waited in vain");
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
