/** What the operator reads about a commit that is not trusted. The samples of git's and gpg's words are real output. */
import { describe, expect, it } from "vitest";
import type { SignatureKind } from "../../../src/source/signatures.ts";
import { explainInability, reportUntrusted } from "../../../src/source/untrusted.ts";

const commit = "3f2a91c0b1d2".padEnd(40, "7");
const rules = { allowedSigners: "/etc/signers", gpgKeys: "/etc/keys.asc", commits: "every" } as const;

function report(letter: string, signature: SignatureKind, said = "", subject = "Serve files") {
  return reportUntrusted({
    verdict: { commit, letter, signer: "Alice <alice@example.org>", key: "FCC627F25F676493" },
    head: { signature, subject },
    said,
    untrusted: 1,
    rules,
  });
}

describe("reportUntrusted", () => {
  it.each([
    ["N", "none", "is not signed"],
    ["E", "openpgp", "is signed with the key FCC627F25F676493, which is not one of the allowed signers"],
    ["U", "ssh", "is signed with the key FCC627F25F676493, which is not one of the allowed signers"],
    [
      "Y",
      "openpgp",
      "is signed with the key FCC627F25F676493 of Alice <alice@example.org>, which has expired",
    ],
    ["X", "openpgp", "has a signature that has expired"],
    ["B", "ssh", "has a bad signature: the commit is not what was signed"],
    ["?", "ssh", "has a signature that git cannot check"],
  ] as const)("puts the letter %s of a signature of kind %s into words", (letter, kind, problem) => {
    const error = report(letter, kind);
    expect(error).toMatchObject({ code: "revision-untrusted", subject: commit });
    expect(error.message).toBe(`commit 3f2a91c0b1d2 "Serve files" ${problem}`);
  });

  it("names the file to which a key would have to be added", () => {
    expect(report("U", "ssh").hint).toContain("/etc/signers");
    expect(report("E", "openpgp").hint).toContain("/etc/keys.asc");
  });

  it("cuts a long subject, and shows no control character of it or of what gpg said", () => {
    const error = report("B", "openpgp", "[GNUPG:] BADSIG \u001b[2J\n", `\u001b]0;x\u0007${"y".repeat(500)}`);
    const cause = error.cause instanceof Error ? error.cause.message : "";
    expect(error.message.length).toBeLessThan(250);
    expect(error.message + cause).toMatch(/^[\x20-\x7e…]+$/);
    expect(cause).toContain("BADSIG \\x1b[2J");
  });
});

describe("explainInability", () => {
  it.each([
    ["fatal: cannot run ssh-keygen: No such file or directory", "config-invalid", "openssh-client"],
    ["fatal: cannot run gpg: No such file or directory", "config-invalid", "Install the package gpg"],
    [
      "error: could not create temporary file: No space left on device",
      "host-write-failed",
      "Check free space",
    ],
  ])("blames the host for %j", (said, code, hint) => {
    const error = explainInability(said);
    expect(error).toMatchObject({ code });
    expect(error?.hint).toContain(hint);
  });

  it.each([
    "",
    "No principal matched.",
    "fatal: cannot run /dev/null: Permission denied",
    "[GNUPG:] NO_PUBKEY 919FD360ED9EAEFA",
  ])("does not excuse a commit for %j", (said) => {
    expect(explainInability(said)).toBeNull();
  });
});
