/**
 * Explains why a commit is not trusted, and what can be done. Pure; must not decide whether a commit is trusted, and must
 * not pass on control characters of a commit.
 */
import { AgentError } from "../core/model/errors.ts";
import type { VerifyRules } from "../core/model/repository-access.ts";
import { escapeUnprintable } from "../lib/printable.ts";
import type { CommitHead, Verdict } from "./signatures.ts";

export interface Refusal {
  readonly verdict: Verdict;
  readonly head: CommitHead;
  /** What `git verify-commit --raw` wrote about the commit. */
  readonly said: string;
  /** How many of the new commits are not trusted, this one included. */
  readonly untrusted: number;
  readonly rules: VerifyRules;
}

type Explanation = readonly [problem: string, hint: string];

const shownIdLength = 12;
const shownSubjectLength = 80;
const shownLines = 5;
const shownLineLength = 300;

/** Makes the error for a commit whose signature is missing, bad, or not by an allowed signer. */
export function reportUntrusted(refusal: Refusal): AgentError {
  const { verdict, head, untrusted } = refusal;
  const [problem, hint] = explain(refusal);
  const more = untrusted > 1 ? ` (and ${untrusted - 1} more of the new commits)` : "";
  const message = `commit ${verdict.commit.slice(0, shownIdLength)} "${showSubject(head.subject)}" ${problem}${more}`;
  return new AgentError("revision-untrusted", message, {
    subject: verdict.commit,
    hint,
    cause: quoteSaid(refusal.said),
  });
}

function explain({ verdict, head, said, rules }: Refusal): Explanation {
  const unnamed = explainKind(head, rules);
  if (unnamed !== null) return unnamed;
  const key = verdict.key === "" ? "a key" : `the key ${escapeUnprintable(verdict.key)}`;
  const signer = verdict.signer === "" ? "" : ` of ${escapeUnprintable(verdict.signer)}`;
  const file = head.signature === "ssh" ? rules.allowedSigners : rules.gpgKeys;
  const renew = `Sign it with a valid key, or renew the key in ${file}; then push again.`;
  if (/not permitted for use in signature namespace/.test(said)) {
    return [
      `is signed with a key that may not sign commits`,
      `Add the namespace git to the key's line in ${file}.`,
    ];
  }
  if (/key has expired|key is not yet valid/.test(said) && head.signature === "ssh") {
    return [`is signed with ${key}, which was not valid at the time of the commit`, renew];
  }
  switch (verdict.letter) {
    case "U":
    case "E":
      return [
        `is signed with ${key}, which is not one of the allowed signers`,
        `If you trust its owner, add the key to ${file}; otherwise find out who pushed this commit.`,
      ];
    case "R":
      return [
        `is signed with ${key}${signer}, which has been revoked`,
        "Sign it with another key, and push again.",
      ];
    case "Y":
      return [`is signed with ${key}${signer}, which has expired`, renew];
    case "X":
      return ["has a signature that has expired", "Sign it again, and push."];
    case "B":
      return [
        "has a bad signature: the commit is not what was signed",
        "Somebody may have tampered with it: find out where it comes from.",
      ];
    default:
      return [
        "has a signature that git cannot check",
        "Try it by hand: git verify-commit. SSH signatures need git 2.34 and OpenSSH 8.9 at least.",
      ];
  }
}

/** Explains a missing signature, or a kind of signature for which the rules name no keys; null for any other. */
function explainKind({ signature }: CommitHead, rules: VerifyRules): Explanation | null {
  if (signature === "none") {
    return [
      "is not signed",
      "Sign it (git commit --amend -S; for several, git rebase --exec 'git commit --amend --no-edit -S'), and push again.",
    ];
  }
  if (signature === "ssh" && rules.allowedSigners === undefined) {
    return [
      "is signed with an SSH key",
      "Only OpenPGP keys are trusted: verify names no allowed-signers file.",
    ];
  }
  if (signature === "openpgp" && rules.gpgKeys === undefined) {
    return ["is signed with an OpenPGP key", "Only SSH keys are trusted: verify names no gpg-keys file."];
  }
  if (signature === "x509" || signature === "other") {
    return ["has a signature that is neither SSH nor OpenPGP", "Sign it with an SSH or an OpenPGP key."];
  }
  return null;
}

/** The error when this host cannot check signatures; null when the problem is in the commit. */
export function explainInability(said: string): AgentError | null {
  if (/cannot run ssh-keygen|cannot run gpg\b/.test(said)) {
    const program = said.includes("ssh-keygen") ? "ssh-keygen" : "gpg";
    return new AgentError("config-invalid", `signatures cannot be checked: ${program} cannot be started`, {
      subject: program,
      hint: `Install the package ${program === "gpg" ? "gpg" : "openssh-client"}.`,
      cause: quoteSaid(said),
    });
  }
  if (/could not create temporary file|failed writing|No space left|Read-only file system/i.test(said)) {
    return new AgentError(
      "host-write-failed",
      "signatures cannot be checked: no temporary file can be written",
      {
        hint: "Check free space and permissions of the directory for temporary files.",
        cause: quoteSaid(said),
      },
    );
  }
  return null;
}

/** The error when the two answers of git differ: then no commit is trusted. */
export function reportContradiction(tip: string, said: string): AgentError {
  return new AgentError("revision-untrusted", "git does not accept the signatures of the new commits", {
    subject: tip,
    hint: "Try it by hand with the same keys: git verify-commit.",
    cause: quoteSaid(said),
  });
}

function showSubject(subject: string): string {
  const cut = subject.length > shownSubjectLength ? `${subject.slice(0, shownSubjectLength)}…` : subject;
  return escapeUnprintable(cut).replaceAll('"', '\\"');
}

function quoteSaid(said: string): Error {
  const lines = said
    .split("\n")
    .filter((line) => line.trim() !== "")
    .slice(0, shownLines)
    .map((line) => escapeUnprintable(line.slice(0, shownLineLength)));
  return new Error(lines.length === 0 ? "git said nothing" : lines.join("\n"));
}
