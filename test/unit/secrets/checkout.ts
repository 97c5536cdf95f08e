/** A repository that exists only in memory. */
import { armor, Encrypter, generateX25519Identity, identityToRecipient } from "age-encryption";
import { secretFormats } from "../../../src/core/desired/age-format.ts";
import type { RepositoryConfig } from "../../../src/core/model/rules.ts";
import type { Snapshot, SnapshotFile } from "../../../src/core/model/snapshot.ts";
import type { Checkout } from "../../../src/secrets/authoring/secret-layout.ts";

export interface HostOptions {
  readonly roles?: readonly string[];
  readonly recipient?: string;
}

export interface CheckoutOptions {
  readonly hosts?: Readonly<Record<string, HostOptions>>;
  readonly admins?: readonly string[];
}

/** @param files by path; their content is a text or bytes */
export function checkoutOf(
  files: Readonly<Record<string, string | Uint8Array>>,
  { hosts = {}, admins = [] }: CheckoutOptions = {},
): Checkout {
  const config: RepositoryConfig = {
    layout: { units: ["units"], files: ["files"], secrets: ["secrets"] },
    admins,
    hosts: new Map(Object.entries(hosts).map(([name, host]) => [name, { roles: [], ...host }])),
    defaults: { drift: "report", health: { settleMs: 5000, timeoutMs: 90_000 } },
    units: new Map(),
    files: new Map(),
  };
  const entries = Object.entries(files).map(([path, content]): [string, SnapshotFile] => [
    path,
    { path, mode: "file", bytes: Buffer.from(content), blob: path },
  ]);
  const revision = { branch: "work tree", commit: "0".repeat(40), subject: "", author: "", committedAt: "" };
  const snapshot: Snapshot = { revision, files: new Map(entries) };
  return { directory: "/nowhere", snapshot, config, formats: secretFormats };
}

export async function newRecipient(): Promise<string> {
  return await identityToRecipient(await generateX25519Identity());
}

export async function encryptFor(...recipients: Parameters<Encrypter["addRecipient"]>[0][]): Promise<string> {
  const encrypter = new Encrypter();
  for (const recipient of recipients) encrypter.addRecipient(recipient);
  return armor.encode(await encrypter.encrypt("value"));
}
