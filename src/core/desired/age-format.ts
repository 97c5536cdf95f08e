/** Files of age: each is one credential, or one environment file when its name ends in `.env.age`. Pure. */
import type { SecretFormat } from "../model/secret-format.ts";
import { isQuadletName } from "../units/unit-name.ts";
import { explainNotAge } from "./not-age.ts";

export const ageFormat: SecretFormat = {
  ending: ".age",
  explainUnencrypted: explainNotAge,
  listItems(unit, stem) {
    if (!stem.endsWith(".env")) return [{ name: stem, delivery: "credential", part: null }];
    if (isQuadletName(unit)) {
      return `is an environment file for a container: podman would write its values to the disk. Let the program read it as a file: name it ${stem.replace(/\.env$/, "")}.age, and add Secret=${stem.replace(/\.env$/, "")} to ${unit}`;
    }
    return [{ name: stem, delivery: "environment", part: null }];
  },
  extract: (plaintext) => plaintext,
};

/** Every supported format of secret files. */
export const secretFormats: readonly [SecretFormat, ...SecretFormat[]] = [ageFormat];
