/**
 * Builds desired states for tests: a repository as text. A host to bring there is in memory-host/.
 * Must not touch the machine.
 */
import { createHash } from "node:crypto";
import { secretFormats } from "../../../src/core/desired/age-format.ts";
import { buildDesired, type DesiredResult } from "../../../src/core/desired/build-desired.ts";
import type { HostUnits } from "../../../src/core/desired/foreign-enablement.ts";
import type { HostLayout } from "../../../src/core/model/host-layout.ts";
import type { Revision } from "../../../src/core/model/revision.ts";
import type { FileRules, HostEntry, RepositoryConfig, UnitRules } from "../../../src/core/model/rules.ts";
import type { SnapshotFile } from "../../../src/core/model/snapshot.ts";
import { makeSystemLayout, systemPaths } from "../../../src/core/model/system-layout.ts";
import { createProtection } from "../../../src/core/plan/protection.ts";
import type { RefusalPolicy } from "../../../src/core/plan/refusals.ts";
import type { OpenedSecret } from "../../../src/core/ports/secrets.ts";

/** The host of these tests, as agent.yaml describes it by default. */
export const layout = makeSystemLayout(systemPaths);
export const { unitDirectory } = layout;

export function digestText(bytes: Uint8Array): string {
  return `sha256:${createHash("sha256").update(bytes).digest("hex")}`;
}

export interface RepositoryText {
  readonly files: Readonly<Record<string, string>>;
  readonly links?: Readonly<Record<string, string>>;
  readonly units?: Readonly<Record<string, UnitRules>>;
  readonly fileRules?: Readonly<Record<string, FileRules>>;
  readonly hosts?: Readonly<Record<string, HostEntry>>;
  readonly layout?: Partial<RepositoryConfig["layout"]>;
  /** Files of units that the host has of its own; default: the host cannot be asked. */
  readonly hostUnits?: HostUnits;
  /** Repository path of a secret → its plaintext. */
  readonly secrets?: Readonly<Record<string, string>>;
}

let commits = 0;

export function makeRevision(): Revision {
  commits += 1;
  const commit = commits.toString(16).padStart(40, "0");
  return {
    branch: "main",
    commit,
    subject: `change ${commits}`,
    author: "A <a@example.org>",
    committedAt: "2026-01-01T00:00:00Z",
  };
}

/** The rules of the text as gitops.yaml would give them. */
export function makeConfig(text: RepositoryText): RepositoryConfig {
  return {
    layout: { units: ["units"], files: ["files"], secrets: ["secrets"], ...text.layout },
    admins: [],
    hosts: new Map(Object.entries(text.hosts ?? {})),
    defaults: { drift: "report", health: { settleMs: 5000, timeoutMs: 90_000 } },
    units: new Map(Object.entries(text.units ?? {})),
    files: new Map(Object.entries(text.fileRules ?? {})),
  };
}

const secretHeader = "age-encryption.org/v1 ";

/** The repository's files at one commit, without gitops.yaml. */
export function listFiles(text: RepositoryText): ReadonlyMap<string, SnapshotFile> {
  const encoder = new TextEncoder();
  const list = (
    contents: Readonly<Record<string, string>> = {},
    mode: SnapshotFile["mode"] = "file",
    header = "",
  ) =>
    Object.entries(contents).map(([path, content]): readonly [string, SnapshotFile] => {
      const bytes = encoder.encode(`${header}${content}`);
      return [path, { path, mode, bytes, blob: digestText(bytes) }];
    });
  return new Map([
    ...list(text.files),
    ...list(text.links, "symlink"),
    ...list(text.secrets, "file", secretHeader),
  ]);
}

/** The inverse of how `listFiles` writes a secret. */
export function openSecret({ bytes }: SnapshotFile): OpenedSecret {
  const plaintext = new TextDecoder().decode(bytes).slice(secretHeader.length);
  return {
    bytes: new TextEncoder().encode(plaintext),
    digest: `hmac:${plaintext}`,
    cacheKey: plaintext,
  };
}

/** The desired state of host `h1`, with whatever diagnostics it has. */
export function build(text: RepositoryText, host = "h1", place: HostLayout = layout): DesiredResult {
  const files = listFiles(text);
  const secrets = [...files.values()].filter(({ path }) => text.secrets?.[path] !== undefined);
  return buildDesired({
    snapshot: { revision: makeRevision(), files },
    config: makeConfig(text),
    host,
    layout: place,
    formats: secretFormats,
    secrets: new Map(secrets.map((file) => [nameCredential(file.path), openSecret(file)])),
    digestBytes: digestText,
    hostUnits: text.hostUnits ?? null,
  });
}

/** `roles/a/secrets/web.service/key.age` → `web.service/key`. */
function nameCredential(path: string): string {
  return path
    .replace(/\.age$/, "")
    .split("/")
    .slice(-2)
    .join("/");
}

export const policy: RefusalPolicy = {
  isProtected: createProtection([], []),
  prune: true,
  allowEmpty: false,
  pruneLimitPercent: 100,
  mayAdopt: () => false,
};

const jobKinds: ReadonlySet<string> = new Set(["stop", "start", "restart", "reload"]);

/** The jobs of a plan, or of what was done, as `restart web.service`, for short expectations. */
export function listJobs({
  steps,
}: {
  readonly steps: readonly { readonly kind: string; readonly unit?: string | null }[];
}): readonly string[] {
  return steps.flatMap(({ kind, unit }) => (jobKinds.has(kind) ? [`${kind} ${unit}`] : []));
}
