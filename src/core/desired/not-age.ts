/** Tells what a file in secrets/ is when it is no age file: one of another tool, a placeholder, or a secret in clear text. Pure. */

export interface NotAge {
  /** Continues a sentence that begins with the file's name. It never quotes the file, which may hold a secret. */
  readonly message: string;
  readonly hint: string;
}

const headBytes = 4096;
/** The first bytes of every age file, binary or armored (age-encryption.org/v1). */
const ageStarts = ["age-encryption.org/", "-----BEGIN AGE ENCRYPTED FILE-----"];

const again = "encrypt the value with age: gitops-agent secret set UNIT/NAME";

const kinds: readonly (readonly [pattern: RegExp, kind: NotAge])[] = [
  [/^\s*$/, { message: "is empty, and not an age file", hint: again }],
  [
    /ENC\[AES256_GCM,|^sops[:_]|"sops":/m,
    {
      message: "is a file of SOPS, not an age file: the agent reads files that are encrypted with age alone",
      hint: "decrypt it with sops, and encrypt the value with age: gitops-agent secret set UNIT/NAME",
    },
  ],
  [/^\$ANSIBLE_VAULT;/, { message: "is a file of ansible-vault, not an age file", hint: again }],
  [/^\0GITCRYPT\0/, { message: "is a file of git-crypt, not an age file", hint: again }],
  [/^-----BEGIN PGP MESSAGE-----/, { message: "is encrypted with OpenPGP, not an age file", hint: again }],
  [
    /^version https:\/\/git-lfs\.github\.com\//,
    {
      message: "is a pointer of Git LFS, not an age file: the agent does not fetch what it points to",
      hint: "commit the file itself; secrets are small",
    },
  ],
  [
    /^\s*(?:change.?me|replace.?me|to.?do|place.?holder|dummy|example|xxx+|\.\.\.|<[^<>\n]*>|\$\{?[A-Z_]+\}?)\s*$/i,
    { message: "is a placeholder, not an age file", hint: again },
  ],
];

const clearText: NotAge = {
  message: "is not an age file: it may be the secret itself, unencrypted",
  hint: "encrypt it (age -r RECIPIENT -a), and rotate the secret if it was pushed in the clear",
};

/** @returns null when the bytes begin like an age file */
export function explainNotAge(bytes: Uint8Array): NotAge | null {
  const head = new TextDecoder().decode(bytes.subarray(0, headBytes));
  if (ageStarts.some((start) => head.trimStart().startsWith(start))) return null;
  return kinds.find(([pattern]) => pattern.test(head))?.[1] ?? clearText;
}
