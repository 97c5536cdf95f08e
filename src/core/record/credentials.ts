/** Notes how old the credentials are. Must not read them: it compares digests. Pure. */
import type { Desired } from "../model/desired.ts";
import type { AppliedCredential, Inventory } from "../model/inventory.ts";
import { credentialKey } from "../model/secret-format.ts";
import type { CredentialsStatus } from "../model/status.ts";

/** The credentials of `desired`. One whose content stays as it was applied keeps its time. */
export function dateCredentials(
  { credentials, revision }: Pick<Desired, "credentials" | "revision">,
  applied: Pick<Inventory, "credentials" | "credentialsFrom">,
): readonly AppliedCredential[] {
  const before = new Map(applied.credentials.map((one) => [credentialKey(one), one]));
  return credentials.map((credential) => {
    const known = before.get(credentialKey(credential));
    const since = known?.digest === credential.digest ? findTime(known, applied) : undefined;
    return { ...credential, committedAt: since ?? revision.committedAt };
  });
}

export function summarizeCredentials(
  applied: Pick<Inventory, "credentials" | "credentialsFrom">,
): CredentialsStatus {
  const times = applied.credentials
    .map((one) => findTime(one, applied))
    .filter((time) => time !== undefined)
    .sort();
  return { count: applied.credentials.length, oldest: times[0] ?? null, newest: times.at(-1) ?? null };
}

function findTime(
  { committedAt }: AppliedCredential,
  { credentialsFrom }: Pick<Inventory, "credentialsFrom">,
): string | undefined {
  return committedAt ?? credentialsFrom?.committedAt;
}
