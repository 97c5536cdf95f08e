/** Files of age: each is one credential, or one environment file when its name ends in `.env.age`. Pure. */
import type { SecretFormat } from "../model/secret-format.ts";
import { isQuadletName } from "../units/unit-name.ts";

export const ageFormat: SecretFormat = {
  ending: ".age",
  explainUnencrypted(bytes) {
    // The first bytes of every age file, binary or armored (age-encryption.org/v1).
    const start = new TextDecoder().decode(bytes.subarray(0, 64)).trimStart();
    if (start.startsWith("age-encryption.org/") || start.startsWith("-----BEGIN AGE ENCRYPTED FILE-----")) {
      return null;
    }
    return {
      message: "is not an age file: it may be the secret itself, unencrypted",
      hint: "encrypt it (age -r RECIPIENT -a), and rotate the secret if it was pushed in the clear",
    };
  },
  listItems(unit, stem) {
    if (!stem.endsWith(".env")) return [{ name: stem, delivery: "credential", part: null }];
    if (isQuadletName(unit)) {
      return "is an environment file for a container: podman would write its values to the disk";
    }
    return [{ name: stem, delivery: "environment", part: null }];
  },
  extract: (plaintext) => plaintext,
};

/** Every supported format of secret files. */
export const secretFormats: readonly [SecretFormat, ...SecretFormat[]] = [ageFormat];
