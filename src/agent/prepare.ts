/**
 * Makes a plan from a revision: reads, validates, decrypts, builds, observes, plans. Must not write to the host: `plan` and
 * `diff` use this, too.
 */

import { findNewlyEnabled } from "../core/check/enablement.ts";
import { findEmptiness } from "../core/check/layout.ts";
import { isConfigPath, repositoryConfigPath, selectConfigText } from "../core/desired/config-text.ts";
import { isWantedPath, selectLayers } from "../core/desired/layers.ts";
import { readSecretFiles } from "../core/desired/secret-files.ts";
import type { GateSettings } from "../core/gate/gate.ts";
import type { Corrections } from "../core/model/correction.ts";
import type { Desired } from "../core/model/desired.ts";
import { AgentError, type Diagnostic, hasErrors } from "../core/model/errors.ts";
import type { Intent } from "../core/model/intent.ts";
import type { Inventory } from "../core/model/inventory.ts";
import type { Observed } from "../core/model/observed.ts";
import type { Plan } from "../core/model/plan.ts";
import type { Revision } from "../core/model/revision.ts";
import type { RepositoryConfig } from "../core/model/rules.ts";
import { credentialKey } from "../core/model/secret-format.ts";
import type { Snapshot } from "../core/model/snapshot.ts";
import { makePlan, readWrittenTies } from "../core/plan/make-plan.ts";
import { allowPrune, type RefusalPolicy } from "../core/plan/refusals.ts";
import type { Meter } from "../core/ports/run.ts";
import type { OpenedSecret, Plaintext, SecretsPort } from "../core/ports/secrets.ts";
import type { SourcePort } from "../core/ports/source.ts";
import type { ValidationPort } from "../core/ports/validation.ts";
import { explainOtherHost } from "../core/record/host-identity.ts";
import { permits } from "../core/record/intent.ts";
import { carryMentions } from "../core/record/mention-update.ts";
import { noteObserved } from "../core/record/settle.ts";
import { readHostUnits } from "./host-units.ts";
import { type ObservePorts, observe, observeAgain } from "./observe.ts";
import { observeTies } from "./observe-ties.ts";
import type { PrepareMemory } from "./prepare-memory.ts";

export interface PreparePorts extends ObservePorts, ValidationPort {
  readonly source: SourcePort;
  readonly secrets: SecretsPort;
  readonly digestBytes: (bytes: Uint8Array) => string;
  readonly memory: PrepareMemory;
  readonly meter: Meter;
}

export interface PrepareSettings {
  readonly host: string;
  readonly policy: RefusalPolicy;
  readonly gate: GateSettings;
  /** Set: the plan only puts back what has drifted from the applied revision. */
  readonly corrections?: Corrections | null;
}

export interface Prepared {
  readonly plan: Plan;
  readonly desired: Desired;
  /** The inventory, corrected by what the host shows: units that a person has restarted meanwhile, for instance. */
  readonly applied: Inventory;
  readonly observed: Observed;
  readonly plaintexts: readonly Plaintext[];
  readonly warnings: readonly Diagnostic[];
}

/**
 * Makes the plan for a revision, with all that carrying it out needs.
 * @throws AgentError `host-changed`, `repository-invalid` with all diagnostics at once, `secret-undecryptable`,
 *   `identity-unusable`, `systemd-unreachable`
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
  ports.meter.enter("read");
  const configured = await readConfig(ports, revision, signal);
  const snapshot = await ports.source.readSnapshot(
    revision,
    (path) => isWantedPath(configured.config, settings.host, path),
    signal,
  );
  const diagnostics = [...configured.diagnostics];
  const secrets = await openSecrets(ports, settings, snapshot, configured.config, inventory);
  ports.meter.enter("build");
  const { desired, diagnostics: found } = ports.memory.build({
    snapshot,
    config: configured.config,
    host: settings.host,
    layout: ports.layout,
    formats: ports.secrets.formats,
    secrets,
    digestBytes: ports.digestBytes,
    hostUnits: await readHostUnits(ports, configured.config, inventory),
  });
  diagnostics.push(...found);
  refuseInvalid(revision, diagnostics);
  const { corrections = null } = settings;
  ports.meter.enter("observe");
  // Both at the same time: one waits for other programs, the other for systemd and the disk. A correction validates nothing:
  // the host has the revision already.
  const [mistakes, observed] = await Promise.all([
    corrections === null ? ports.validate(desired, inventory, signal) : [],
    observe(ports, desired, inventory, [...(corrections?.paths.keys() ?? [])]),
  ]);
  ports.meter.enter("plan");
  diagnostics.push(...mistakes, ...findEmptiness(desired, configured.config));
  if (corrections === null)
    diagnostics.push(...findNewlyEnabled(desired, configured.config, inventory, observed.files));
  refuseInvalid(revision, diagnostics);
  const plaintexts = desired.credentials.flatMap(({ unit, name }) => {
    const bytes = secrets.get(credentialKey({ unit, name }))?.bytes;
    return bytes === undefined ? [] : [{ unit, name, bytes }];
  });
  const planned = await planFor(ports, settings, desired, carryMentions(inventory, desired), observed);
  return { ...planned, desired, plaintexts, warnings: diagnostics };
}

/**
 * Looks at the host again after `prepared` was applied, and plans what is left to do.
 * @param inventory as the apply has left it
 * @throws AgentError `systemd-unreachable`
 */
export async function planAgain(
  ports: PreparePorts,
  settings: PrepareSettings,
  prepared: Prepared,
  inventory: Inventory,
): Promise<Prepared> {
  const { desired, plan } = prepared;
  const touched = new Set([
    ...plan.steps.flatMap((step) => ("unit" in step && step.unit !== null ? [step.unit] : [])),
    ...plan.alongside.map(({ unit }) => unit),
    ...inventory.runningBefore,
  ]);
  const observed = await observeAgain(ports, desired, inventory, prepared.observed, touched);
  const planned = await planFor(ports, settings, desired, inventory, observed, prepared.observed);
  return { ...prepared, ...planned };
}

/** Plans twice: first without ties, to know which units are interrupted; then with the units that are tied to those. */
async function planFor(
  { manager }: PreparePorts,
  { policy, corrections = null }: PrepareSettings,
  desired: Desired,
  inventory: Inventory,
  seen: Observed,
  before?: Observed,
): Promise<Pick<Prepared, "plan" | "applied" | "observed">> {
  const applied = noteObserved(inventory, seen, desired.layout, before?.units);
  const draft = makePlan(desired, applied, seen, policy, corrections);
  const observed = await observeTies(manager, draft, seen, readWrittenTies(desired));
  return {
    plan: observed === seen ? draft : makePlan(desired, applied, observed, policy, corrections),
    applied,
    observed,
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
  const { config, diagnostics } = ports.memory.parseConfig(found.text, (text) =>
    ports.parseRepositoryConfig(text, repositoryConfigPath),
  );
  refuseInvalid(revision, diagnostics);
  if (config === null) throw invalidRevision(revision, diagnostics);
  return { config, diagnostics };
}

/** Decrypts the secrets of this host. Runs only for a valid configuration. */
async function openSecrets(
  ports: PreparePorts,
  settings: PrepareSettings,
  snapshot: Snapshot,
  config: RepositoryConfig,
  inventory: Inventory,
): Promise<ReadonlyMap<string, OpenedSecret>> {
  const { secrets } = selectLayers(snapshot.files, config, settings.host);
  const { files } = readSecretFiles(secrets, ports.secrets.formats);
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

/** The settings for one revision, with what people have decided for it. */
export function settingsFor(settings: PrepareSettings, intent: Intent, revision: Revision): PrepareSettings {
  const policy = { ...settings.policy, mayAdopt: (path: string) => intent.adopt.includes(path) };
  return { ...settings, policy: permits(intent, revision, "allow-prune") ? allowPrune(policy) : policy };
}

/** @throws AgentError with the code and text of the first refusal, and the others as diagnostics */
export function refuseForbidden(plan: Plan): void {
  const [first] = plan.refusals;
  if (first === undefined) return;
  const code = first.code === "empty" ? "sync-failed" : first.code;
  throw new AgentError(code, first.message, {
    subject: first.subject,
    hint: `nothing was changed; ${first.hint}`,
    diagnostics: plan.refusals.slice(1).map(({ code, subject, message, hint }) => ({
      severity: "error",
      code,
      file: subject,
      message,
      hint,
    })),
  });
}
