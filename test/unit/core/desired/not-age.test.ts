/** A file in secrets/ that is not one of age is named as what it is, and never quoted. */
import { expect, it } from "vitest";
import { explainNotAge } from "../../../../src/core/desired/not-age.ts";

const sopsYaml = "password: ENC[AES256_GCM,data:abc=,type:str]\nsops:\n  version: 3.9.0\n";

it.each([
  ["an empty file", "", "is empty"],
  ["a YAML file of SOPS", sopsYaml, "is a file of SOPS"],
  ["a JSON file of SOPS", '{\n\t"data": "x",\n\t"sops": {}\n}', "is a file of SOPS"],
  ["an environment file of SOPS", "A=1\nsops_version=3.9.0\n", "is a file of SOPS"],
  ["a file of ansible-vault", "$ANSIBLE_VAULT;1.1;AES256\n6162\n", "is a file of ansible-vault"],
  ["a file of git-crypt", "\0GITCRYPT\0abc", "is a file of git-crypt"],
  ["a message of OpenPGP", "-----BEGIN PGP MESSAGE-----\nabc\n", "is encrypted with OpenPGP"],
  [
    "a pointer of Git LFS",
    "version https://git-lfs.github.com/spec/v1\noid sha256:1\n",
    "is a pointer of Git LFS",
  ],
  ["a placeholder", "CHANGEME\n", "is a placeholder"],
  ["a placeholder in brackets", "<your token>\n", "is a placeholder"],
  ["a variable", "$DB_PASSWORD", "is a placeholder"],
  ["a secret in clear text", "hunter2\n", "is not an age file: it may be the secret itself"],
])("%s is named as such", (_what, text, said) => {
  const found = explainNotAge(new TextEncoder().encode(text));
  expect(found?.message.startsWith(said)).toBe(true);
  expect(`${found?.message} ${found?.hint}`).not.toContain("hunter2");
});

it.each(["age-encryption.org/v1\n-> X25519", "\n-----BEGIN AGE ENCRYPTED FILE-----\nYWdl"])(
  "%j begins like an age file",
  (text) => expect(explainNotAge(new TextEncoder().encode(text))).toBeNull(),
);
