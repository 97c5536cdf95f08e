/**
 * From a revision to a plan: read, validate, decrypt, build, observe, plan. Writes nothing to the host, so a dry run
 * and a sync take the same way.
 */
import { buildDesired } from "../core/desired.ts";
import { AgentError, type Diagnostic, hasErrors } from "../core/errors.ts";
import { explainOtherHost } from "../core/host-identity.ts";
import { settleRestarted } from "../core/inventory-update.ts";
import {
  isConfigPath,
  isWantedPath,
  repositoryConfigPath,
  selectConfigText,
  selectLayers,
} from "../core/layers.ts";
import type { HostPaths } from "../core/managed-file.ts";
import { carryMentions } from "../core/mention-update.ts";
import { makePlan } from "../core/plan.ts";
import type { Plan } from "../core/plan-types.ts";
import type { RefusalPolicy } from "../core/refusals.ts";
import type { RepositoryConfig } from "../core/rules.ts";
import type { Desired, Inventory, Observed, ObservedUnit, Revision, Snapshot } from "../core/state.ts";
import { findEmptiness } from "../core/validate-layout.ts";
import { type ObservePorts, observe } from "./observe.ts";
import type { OpenedSecret, Plaintext, SecretsPort, SourcePort } from "./ports.ts";

export interface PreparePorts extends ObservePorts {
  readonly source: SourcePort;
  readonly secrets: SecretsPort;
  readonly parseRepositoryConfig: (
    text: string,
    file: string,
  ) => { readonly config: RepositoryConfig | null; readonly diagnostics: readonly Diagnostic[] };
  /** Mistakes that only systemd, podman or a look at the host can find. */
  readonly validate: (
    desired: Desired,
    inventory: Inventory,
    signal: AbortSignal,
  ) => Promise<readonly Diagnostic[]>;
  readonly digestBytes: (bytes: Uint8Array) => string;
}

export interface PrepareSettings {
  readonly host: string;
  readonly paths: HostPaths;
  readonly policy: RefusalPolicy;
}

export interface Prepared {
  readonly plan: Plan;
  readonly desired: Desired;
  /** The inventory, with what time has settled taken into account. */
  readonly applied: Inventory;
  readonly observed: Observed;
  readonly plaintexts: readonly Plaintext[];
  readonly warnings: readonly Diagnostic[];
  /** The plan if these units had been as given here. */
  readonly replan: (units: ReadonlyMap<string, ObservedUnit>) => Plan;
}

/**
 * @throws AgentError `host-changed`, `repository-invalid` with all diagnostics at once, `secret-undecryptable`, `identity-unusable`,
 *   `systemd-unreachable`
 */
export async function preparePlan(
  ports: PreparePorts,
  settings: PrepareSettings,
  revision: Revision,
  inventory: Inventory,
  signal: AbortSignal,
): Promise<Prepared> {
  const otherHost = explainOtherHost(inventory, settings.host);
  if (otherHost !== null) throw otherHost;
  const configured = await readConfig(ports, revision, signal);
  const snapshot = await ports.source.readSnapshot(
    revision,
    (path) => isWantedPath(configured.config, settings.host, path),
    signal,
  );
  const diagnostics = [...configured.diagnostics];
  const secrets = await openSecrets(ports, settings, snapshot, configured.config, inventory);
  const { desired, diagnostics: found } = buildDesired({
    snapshot,
    config: configured.config,
    host: settings.host,
    paths: settings.paths,
    secrets,
    digestBytes: ports.digestBytes,
  });
  diagnostics.push(...found);
  refuseInvalid(revision, diagnostics);
  // Side by side: the one waits for other programs, the other for systemd and the disk.
  const [mistakes, observed] = await Promise.all([
    ports.validate(desired, inventory, signal),
    observe(ports, desired, inventory),
  ]);
  diagnostics.push(...mistakes, ...findEmptiness(desired, configured.config));
  refuseInvalid(revision, diagnostics);
  const applied = settleRestarted(carryMentions(inventory, desired), observed.units);
  const plaintexts = desired.credentials.flatMap(({ unit, name, origin }) => {
    const bytes = secrets.get(origin)?.bytes;
    return bytes === undefined ? [] : [{ unit, name, bytes }];
  });
  const replan: Prepared["replan"] = (units) =>
    makePlan(
      desired,
      applied,
      { ...observed, units: new Map([...observed.units, ...units]) },
      settings.policy,
    );
  return {
    plan: replan(new Map()),
    desired,
    applied,
    observed,
    plaintexts,
    warnings: diagnostics,
    replan,
  };
}

async function readConfig(
  ports: PreparePorts,
  revision: Revision,
  signal: AbortSignal,
): Promise<{ readonly config: RepositoryConfig; readonly diagnostics: readonly Diagnostic[] }> {
  const snapshot = await ports.source.readSnapshot(revision, isConfigPath, signal);
  const found = selectConfigText(snapshot.files);
  refuseInvalid(revision, found.diagnostics);
  const { config, diagnostics } = ports.parseRepositoryConfig(found.text, repositoryConfigPath);
  refuseInvalid(revision, diagnostics);
  if (config === null) throw invalidRevision(revision, diagnostics);
  return { config, diagnostics };
}

/** Secrets are opened only for a valid configuration, and before anything is built from them. */
async function openSecrets(
  ports: PreparePorts,
  settings: PrepareSettings,
  snapshot: Snapshot,
  config: RepositoryConfig,
  inventory: Inventory,
): Promise<ReadonlyMap<string, OpenedSecret>> {
  const { secrets } = selectLayers(snapshot.files, config, settings.host);
  const files = [...secrets.values()].filter(({ path }) => path.endsWith(".age"));
  return files.length === 0 ? new Map() : ports.secrets.openAll(files, inventory.credentials);
}

function refuseInvalid(revision: Revision, diagnostics: readonly Diagnostic[]): void {
  if (hasErrors(diagnostics)) throw invalidRevision(revision, diagnostics);
}

function invalidRevision(revision: Revision, diagnostics: readonly Diagnostic[]): AgentError {
  const errors = diagnostics.filter(({ severity }) => severity === "error").length;
  return new AgentError(
    "repository-invalid",
    `revision ${revision.commit.slice(0, 7)} is not usable: ${errors} ${errors === 1 ? "error" : "errors"}`,
    {
      subject: revision.commit,
      hint: "nothing was changed; fix what is listed and push again (`gitops-agent check DIR` shows the same before a push)",
      diagnostics,
    },
  );
}
