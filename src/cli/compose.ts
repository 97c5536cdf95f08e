/**
 * The one composition root: reads agent.yaml and joins the edges to the agent's ports. Nothing else in the program may
 * know two edges at once.
 */
import { access, constants, mkdir } from "node:fs/promises";
import { hostname } from "node:os";
import { EventFanOut } from "../agent/event-fan-out.ts";
import { describeFailure } from "../agent/failure.ts";
import type { PrepareSettings } from "../agent/prepare.ts";
import { PrepareMemory } from "../agent/prepare-memory.ts";
import { Progress } from "../agent/progress.ts";
import { Reconciler } from "../agent/reconcile.ts";
import { noMeter, tellPhases } from "../agent/round-meter.ts";
import { StateMemory } from "../agent/state-memory.ts";
import { buildStatus, listStatusUnits, type StatusInput } from "../agent/status.ts";
import type { SyncPorts } from "../agent/sync.ts";
import { watchPorts } from "../agent/watched-ports.ts";
import { type AgentConfig, parseAgentConfig } from "../config/agent-config.ts";
import { parseRepositoryConfig } from "../config/repository-config.ts";
import { secretFormats } from "../core/desired/age-format.ts";
import { chooseStaleAfterMs } from "../core/health/headline.ts";
import { AgentError, type Diagnostic } from "../core/model/errors.ts";
import type { AgentStatus, Status } from "../core/model/status.ts";
import type { UnitRelation } from "../core/model/unit-details.ts";
import type { UnitStatus } from "../core/model/unit-status.ts";
import { createProtection } from "../core/plan/protection.ts";
import type { NamedSink } from "../core/ports/run.ts";
import type { StatePort } from "../core/ports/state.ts";
import { matchesGlob } from "../core/units/glob.ts";
import { unitTypes } from "../core/units/unit-name.ts";
import { HistoryStore } from "../host/history-store.ts";
import { HostFiles } from "../host/host-files.ts";
import { acquireLock, type Lock, lockNameFor } from "../host/lock.ts";
import { runCheck } from "../host/run-check.ts";
import { StateStore } from "../host/state-store.ts";
import { digestBytes } from "../lib/digest.ts";
import { explainSystemError } from "../lib/system-error.ts";
import { CredentialStore } from "../secrets/store/credential-store.ts";
import { createSecrets } from "../secrets/store/decrypt.ts";
import { GitRepository } from "../source/git-repository.ts";
import { describeUrl } from "../source/repository-url.ts";
import { SystemdManager } from "../systemd/manager.ts";
import { Journal } from "../systemd/read/journal.ts";
import type { UnitListener } from "../systemd/signals/unit-signals.ts";
import { UnitVerifier } from "../systemd/verify/verify.ts";
import { type AgentFile, readConfigText } from "./agent-file.ts";
import { createMeter } from "./compose-meter.ts";
import { requireManager } from "./compose-user.ts";
import { validateOnHost } from "./compose-validate.ts";
import { systemClock } from "./system-clock.ts";

export type { Lock };

const fetchTimeoutMs = 60_000;

/**
 * @throws AgentError `config-invalid` with every diagnostic of the file, or because it cannot be read; `systemd-unreachable`
 *   when the manager of this user does not run
 */
export async function loadAgentConfig({ path: file, scope }: AgentFile): Promise<AgentConfig> {
  const text = await readConfigText(file);
  const { config, diagnostics } = parseAgentConfig(text, { file, hostname: hostname(), scope });
  if (config === null) {
    throw new AgentError("config-invalid", `${file} is not valid`, { subject: file, diagnostics });
  }
  await requireManager(scope);
  return config;
}

export interface Composition {
  readonly config: AgentConfig;
  readonly ports: SyncPorts;
  readonly settings: PrepareSettings;
  readonly reconciler: Reconciler;
  readonly memory: StateMemory;
  /** The progress of the work that goes through `ports`. A command that only reads makes none. */
  readonly progress: Progress;
  readStatus(agent: AgentStatus): Promise<Status>;
  /** Does a round, and measures it if the log shows the figures. */
  measure<Result>(round: () => Promise<Result>): Promise<Result>;
  /** See GitRepository. */
  diffCommits(from: string, to: string, signal: AbortSignal): Promise<string | null>;
  /** See SystemdManager. */
  readSettings(unit: string, settings: readonly string[]): Promise<ReadonlyMap<string, string | null>>;
  /** See SystemdManager. */
  readRelations(unit: string): Promise<readonly UnitRelation[]>;
  /** See AgentAccess. */
  readOthers(patterns: readonly string[]): Promise<readonly UnitStatus[]>;
  /** See SystemdManager. */
  watchUnits(listener: UnitListener, signal: AbortSignal): void;
  /** @throws AgentError `agent-locked` */
  lock(waitMs: number): Promise<Lock>;
  close(): void;
}

/**
 * Opens nothing yet: connections are made when they are needed.
 * @param sinks where events go; none for a command that only reads
 */
export function compose(config: AgentConfig, sinks: readonly NamedSink[]): Composition {
  const { layout } = config;
  const { stateDirectory } = layout;
  const events = new EventFanOut(sinks);
  const warn = ({ file, message, hint }: Diagnostic) =>
    events.emit({ type: "agent.warned", message: `${file}: ${message}`, reason: hint ?? "" });
  const now = () => systemClock.now();
  const manager = new SystemdManager(layout);
  const verifier = new UnitVerifier(now);
  const credentials = new CredentialStore({ layout, now });
  const memory = new StateMemory({
    state: new StateStore({ stateDirectory, warn, now }),
    history: new HistoryStore({ stateDirectory, warn, now }),
    events,
    clock: systemClock,
  });
  const files = new HostFiles({ backupDirectory: layout.backupDirectory, now });
  const source = new GitRepository({
    access: config.repository,
    verify: config.verify,
    cloneDirectory: layout.cloneDirectory,
    timeoutMs: fetchTimeoutMs,
  });
  const meter = createMeter(config.log, { manager, files });
  const progress = new Progress(() => performance.now());
  const unwatched: SyncPorts = {
    source,
    secrets: createSecrets({
      formats: secretFormats,
      identityPaths: config.identities,
      stateDirectory,
      warn,
      readStored: (unit, name) => credentials.read(unit, name),
    }),
    credentials,
    manager,
    files,
    state: memory.state,
    history: memory.history,
    checks: { runCheck },
    logs: new Journal(layout.journal),
    events,
    clock: systemClock,
    parseRepositoryConfig,
    validate: (desired, inventory, signal) =>
      validateOnHost({ manager, verifier }, desired, inventory, signal),
    digestBytes,
    meter: tellPhases(meter ?? noMeter, events),
    layout,
    memory: new PrepareMemory(),
  };
  const ports = watchPorts(unwatched, progress, meter);
  const settings: PrepareSettings = {
    host: config.host,
    policy: {
      isProtected: createProtection(config.protect, config.allowProtected),
      prune: config.prune,
      allowEmpty: config.allowEmpty,
      pruneLimitPercent: config.pruneLimitPercent,
      mayAdopt: () => false,
    },
    gate: config.gate,
  };
  return {
    config,
    ports,
    settings,
    reconciler: new Reconciler(ports, settings, config.drift),
    memory,
    progress,
    readStatus: (agent) => readStatus(config, { state: memory.state, manager }, agent),
    measure: (round) => (meter === null ? round() : meter.measure(events, round)),
    diffCommits: (from, to, signal) => source.diff(from, to, signal),
    readSettings: (unit, settings) => manager.readSettings(unit, settings),
    readRelations: (unit) => manager.readRelations(unit),
    readOthers: (patterns) => readOthers({ state: memory.state, manager }, patterns),
    watchUnits: (listener, signal) => manager.watchUnits(listener, signal),
    lock: (waitMs) => lockState(stateDirectory, waitMs),
    close: () => manager.close(),
  };
}

async function lockState(stateDirectory: string, waitMs: number): Promise<Lock> {
  try {
    await mkdir(stateDirectory, { recursive: true, mode: 0o700 });
    await access(stateDirectory, constants.R_OK | constants.W_OK | constants.X_OK);
  } catch (error) {
    throw new AgentError(
      "host-write-failed",
      `cannot use ${stateDirectory}: ${explainSystemError(error).what}`,
      {
        subject: stateDirectory,
        hint: "run this command as root, or with --user for an agent of your own",
        cause: error,
      },
    );
  }
  return acquireLock(await lockNameFor(stateDirectory), { waitMs });
}

async function readStatus(
  config: AgentConfig,
  ports: { readonly state: StatePort; readonly manager: SystemdManager },
  agent: AgentStatus,
): Promise<Status> {
  const inventory = await ports.state.loadInventory();
  const record = await ports.state.loadSyncRecord();
  return buildStatus({
    nowMs: Date.now(),
    host: config.host,
    agent,
    isVerified: config.verify !== null,
    source: { url: describeUrl(config.repository.url), branch: config.repository.branch },
    inventory,
    record,
    intent: await ports.state.loadIntent(),
    staleAfterMs: chooseStaleAfterMs(config.intervalMs),
    ...(await readUnits(ports.manager, listStatusUnits(inventory))),
  });
}

/** As in AgentAccess. */
async function readOthers(
  { state, manager }: { readonly state: StatePort; readonly manager: SystemdManager },
  patterns: readonly string[],
): Promise<readonly UnitStatus[]> {
  const { units } = await state.loadInventory();
  const loaded = [...(await manager.glance(unitTypes)).keys()];
  const names = loaded.filter(
    (name) => units[name] === undefined && patterns.some((pattern) => matchesGlob(pattern, name)),
  );
  return [...(await manager.readStatus(names)).values()];
}

/** When systemd does not answer, the status says so and still shows the rest. */
async function readUnits(
  manager: SystemdManager,
  names: readonly string[],
): Promise<Pick<StatusInput, "units" | "systemdFailure">> {
  try {
    const units = await manager.readStatus(names);
    return { units: names.flatMap((name) => units.get(name) ?? []), systemdFailure: null };
  } catch (error) {
    return { units: null, systemdFailure: describeFailure(error, null, new Date().toISOString()) };
  }
}
