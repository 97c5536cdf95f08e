/** A repository whose one commit is unsigned, as all were before signatures were adopted, and keys for what follows. */
import type { VerifyRules } from "../../../src/core/model/repository-access.ts";
import type { SignedHistory } from "../../../src/source/signed-history.ts";
import {
  createSigningFixture,
  type SigningFixture,
  type SigningKey,
} from "../../support/git/signing-fixture.ts";
import { verify } from "./verifying.ts";

export interface SignedBase {
  readonly fixture: SigningFixture;
  /** The unsigned commit. */
  readonly base: string;
  readonly alice: SigningKey;
  readonly bob: SigningKey;
  /** Nobody allows it anything. */
  readonly stranger: SigningKey;
  /** Alice and Bob are allowed signers. */
  readonly rules: VerifyRules;
  /** Rewrites the file of allowed signers, also for `rules`. */
  allow(...lines: readonly string[]): Promise<VerifyRules>;
  check(from: string | null, to: string, some?: VerifyRules): Promise<SignedHistory | null>;
}

/** Whoever asks for it removes `fixture` in the end. */
export async function createSignedBase(): Promise<SignedBase> {
  const fixture = await createSigningFixture();
  const alice = await fixture.createSshKey("alice");
  const bob = await fixture.createSshKey("bob");
  const stranger = await fixture.createSshKey("stranger");
  const base = await fixture.commit({ message: "before signatures" });
  const allow = async (...lines: readonly string[]): Promise<VerifyRules> => ({
    allowedSigners: await fixture.write("allowed_signers", lines.join("")),
    commits: "every",
  });
  const rules = await allow(
    await fixture.formatSigner("alice@example.org", alice),
    await fixture.formatSigner("bob@example.org", bob),
  );
  const check: SignedBase["check"] = (from, to, some = rules) => verify(fixture, some, from, to);
  return { fixture, base, alice, bob, stranger, rules, allow, check };
}
