/** A GitRepository that verifies commits of a signing fixture in place, without a fetch. Must not hold assertions. */

import type { VerifyRules } from "../../../src/core/model/repository-access.ts";
import type { Revision } from "../../../src/core/model/revision.ts";
import { GitRepository } from "../../../src/source/git-repository.ts";
import type { SignedHistory } from "../../../src/source/signed-history.ts";
import type { SigningFixture } from "../../support/git/signing-fixture.ts";
import { neverAborted } from "./open-repository.ts";

export function revisionOf(commit: string, branch = "main"): Revision {
  return { branch, commit, subject: "", author: "", committedAt: "" };
}

/** The fixture's repository serves as the clone. */
export function openInPlace(fixture: SigningFixture, verify: VerifyRules | null): GitRepository {
  return new GitRepository({
    access: { url: fixture.gitDirectory, branch: "main", followed: { kind: "branch", name: "main" } },
    verify,
    cloneDirectory: fixture.gitDirectory,
    timeoutMs: 20_000,
  });
}

export function verify(
  fixture: SigningFixture,
  rules: VerifyRules | null,
  from: string | null,
  to: string,
): Promise<SignedHistory | null> {
  return openInPlace(fixture, rules).verifyHistory({ from, to: revisionOf(to) }, neverAborted());
}

/** Sets variables of this process while `run` runs; undefined removes one. */
export async function withVariables<Result>(
  variables: Readonly<Record<string, string>>,
  run: () => Promise<Result>,
): Promise<Result> {
  const before = Object.keys(variables).map((name) => [name, process.env[name]] as const);
  Object.assign(process.env, variables);
  try {
    return await run();
  } finally {
    for (const [name, value] of before) {
      if (value === undefined) delete process.env[name];
      else process.env[name] = value;
    }
  }
}
