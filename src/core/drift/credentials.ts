/** Finds drift of the credentials layer: decrypted secrets in memory that are gone, or not what was decrypted. Pure. */
import type { Drift } from "../model/drift.ts";
import type { HostLayout } from "../model/host-layout.ts";
import type { Inventory } from "../model/inventory.ts";
import { credentialKey } from "../model/secret-format.ts";
import type { AlteredCredential } from "../ports/secrets.ts";

const words: Readonly<Record<AlteredCredential, string>> = {
  missing: "is gone",
  modified: "is not what was decrypted",
};

/** The place of a credential as the units name it. */
export function placeOfCredential(
  { unit, name }: { readonly unit: string; readonly name: string },
  layout: Pick<HostLayout, "credentialsPath">,
): string {
  return `${layout.credentialsPath}/${unit}/${name}`;
}

/** @param altered by `credentialKey` */
export function detectCredentialDrift(
  { credentials }: Pick<Inventory, "credentials">,
  altered: ReadonlyMap<string, AlteredCredential>,
  layout: Pick<HostLayout, "credentialsPath">,
): readonly Drift[] {
  return credentials.flatMap((credential): readonly Drift[] => {
    const found = altered.get(credentialKey(credential));
    if (found === undefined) return [];
    const { unit, name } = credential;
    const path = placeOfCredential(credential, layout);
    const kind = `credential-${found}` as const;
    return [
      {
        key: `${kind} ${path}`,
        kind,
        unit,
        path,
        message: `the secret ${name} of ${unit} ${words[found]}: ${path}`,
      },
    ];
  });
}
