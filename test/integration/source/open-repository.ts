/** A fixture repository with a GitRepository on it, deleted when the test ends. Must not hold assertions. */
import { join } from "node:path";
import { onTestFinished } from "vitest";
import { GitRepository } from "../../../src/source/git-repository.ts";
import type { RepositoryAccess } from "../../../src/source/git-settings.ts";
import { createRepository, type FixtureRepository } from "../../support/git-fixture.ts";

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
  reopen(access?: Partial<RepositoryAccess>, timeoutMs?: number): GitRepository;
}

export async function openRepository(access: Partial<RepositoryAccess> = {}): Promise<OpenedRepository> {
  const source = await createRepository();
  onTestFinished(() => source.remove());
  const cloneDirectory = join(source.directory, "state", "clone");
  const reopen = (changed: Partial<RepositoryAccess> = access, timeoutMs = 20_000): GitRepository =>
    new GitRepository({
      access: { url: source.bareDirectory, branch: source.branch, ...changed },
      cloneDirectory,
      timeoutMs,
    });
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
