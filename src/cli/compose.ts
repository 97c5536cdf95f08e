/**
 * The one composition root: reads agent.yaml and joins the edges to the agent's ports. Nothing else in the program may
 * know two edges at once.
 */
import { access, lstat, mkdir, readFile, readlink } from "node:fs/promises";
import { hostname } from "node:os";
import path from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import packageJson from "../../package.json" with { type: "json" };
import type { Clock } from "../agent/ports.ts";
import type { PrepareSettings } from "../agent/prepare.ts";
import { Reconciler } from "../agent/reconcile.ts";
import { buildStatus, listStatusUnits } from "../agent/status.ts";
import type { SyncPorts } from "../agent/sync.ts";
import { serveAgent } from "../api/server.ts";
import { findGroupId } from "../api/socket-file.ts";
import type { SyncOutcome, SyncRequest } from "../api/types.ts";
import { type AgentConfig, parseAgentConfig } from "../config/agent-config.ts";
import { parseRepositoryConfig } from "../config/repository-config.ts";
import { AgentError, type Diagnostic } from "../core/errors.ts";
import type { AgentEvent } from "../core/events.ts";
import { repositoryConfigPath } from "../core/layers.ts";
import { createProtection } from "../core/protection.ts";
import type { RepositoryConfig, Snapshot } from "../core/state.ts";
import type { AgentStatus, Status } from "../core/status.ts";
import { HostFiles } from "../host/host-files.ts";
import { acquireLock, type Lock, lockNameFor } from "../host/lock.ts";
import { runCheck } from "../host/run-check.ts";
import { StateStore } from "../host/state-store.ts";
import { readBoundedFile } from "../lib/bounded-file.ts";
import { digestBytes } from "../lib/digest.ts";
import { errnoOf, explainSystemError } from "../lib/system-error.ts";
import { CredentialStore } from "../secrets/credential-store.ts";
import { createSecrets } from "../secrets/decrypt.ts";
import { findSwapRisk } from "../secrets/swap-risk.ts";
import { GitRepository } from "../source/git-repository.ts";
import { describeUrl, findLocalRepository } from "../source/repository-url.ts";
import { readWorkTree } from "../source/work-tree.ts";
import { readLastLines } from "../systemd/journal.ts";
import { SystemdManager } from "../systemd/manager.ts";
import { createNotifier, type Notifier } from "../systemd/notify.ts";
import { createEventLog, detectLineStyle, openStandardOutput } from "../telemetry/log.ts";
import { watchRepository } from "../watch/repository-watch.ts";

export type { Lock };

export const version = packageJson.version;
export const defaultConfigPath = "/etc/gitops-agent/agent.yaml";

const readersGroup = "gitops-agent";
const fetchTimeoutMs = 60_000;
const maxConfigBytes = 1024 * 1024;

/** The system's own places for drop-ins that people and `systemctl set-property` write, next to the unit directory. */
const otherDropInParents = [
  "/etc/systemd/system.control",
  "/run/systemd/system.control",
  "/run/systemd/system",
];

/** @throws AgentError `config-invalid` with every diagnostic of the file, or because it cannot be read */
export async function loadAgentConfig(configPath: string): Promise<AgentConfig> {
  const text = await readConfigText(configPath);
  const { config, diagnostics } = parseAgentConfig(text, configPath, hostname());
  if (config === null) {
    throw new AgentError("config-invalid", `${configPath} is not valid`, {
      subject: configPath,
      diagnostics,
    });
  }
  return config;
}

async function readConfigText(configPath: string): Promise<string> {
  try {
    const text = await readFile(configPath, "utf8");
    if (text.length <= maxConfigBytes) return text;
  } catch (error) {
    const hint =
      errnoOf(error) === "ENOENT"
        ? "write it: repository: { url: …, branch: main } is enough; see config-example/agent.yaml"
        : "check its permissions, or use root";
    throw new AgentError("config-invalid", `cannot read ${configPath}: ${explainSystemError(error).what}`, {
      subject: configPath,
      hint,
      cause: error,
    });
  }
  throw new AgentError("config-invalid", `${configPath} is larger than 1 MiB`, { subject: configPath });
}

export const systemClock: Clock = {
  now: () => Date.now(),
  sleep: async (ms, signal) => {
    // An abort is a reason to go on, not a failure.
    await delay(ms, undefined, { signal }).catch(() => undefined);
  },
};

export interface Composition {
  readonly config: AgentConfig;
  readonly ports: SyncPorts;
  readonly settings: PrepareSettings;
  readonly reconciler: Reconciler;
  readStatus(agent: AgentStatus): Promise<Status>;
  /** @throws AgentError `agent-locked` */
  lock(waitMs: number): Promise<Lock>;
  close(): void;
}

/** Opens nothing yet: connections are made when they are needed. */
export function compose(config: AgentConfig, emit: (event: AgentEvent) => void): Composition {
  const { paths, repository } = config;
  const warn = (diagnostic: Diagnostic) => emit({ type: "revision.warned", diagnostic });
  const now = () => systemClock.now();
  const manager = new SystemdManager();
  const credentials = new CredentialStore({ runtimeDirectory: paths.runtimeDirectory, now });
  const state = new StateStore({ stateDirectory: paths.stateDirectory, warn });
  const ports: SyncPorts = {
    source: new GitRepository({
      access: repository,
      verify: config.verify,
      cloneDirectory: path.join(paths.stateDirectory, "repository.git"),
      timeoutMs: fetchTimeoutMs,
    }),
    secrets: createSecrets({
      identityPaths: config.identities,
      stateDirectory: paths.stateDirectory,
      warn,
      readStored: (unit, name) => credentials.read(unit, name),
    }),
    credentials,
    manager,
    files: new HostFiles({ backupDirectory: path.join(paths.stateDirectory, "backups"), now }),
    state,
    checks: { runCheck },
    logs: { readLastLines },
    events: { emit },
    clock: systemClock,
    parseRepositoryConfig,
    digestBytes,
    dropInParents: [paths.unitDirectory, ...otherDropInParents],
  };
  const settings: PrepareSettings = {
    host: config.host,
    paths: { ...paths, credentialsPath: credentials.currentPath },
    policy: {
      isProtected: createProtection(config.protect, config.allowProtected),
      prune: config.prune,
      allowEmpty: config.allowEmpty,
    },
  };
  return {
    config,
    ports,
    settings,
    reconciler: new Reconciler(ports, settings),
    readStatus: (agent) => readStatus(config, { state, manager }, agent),
    lock: (waitMs) => lockState(paths.stateDirectory, waitMs),
    close: () => manager.close(),
  };
}

async function lockState(stateDirectory: string, waitMs: number): Promise<Lock> {
  try {
    await mkdir(stateDirectory, { recursive: true, mode: 0o700 });
    await access(stateDirectory);
  } catch (error) {
    throw new AgentError(
      "host-write-failed",
      `cannot use ${stateDirectory}: ${explainSystemError(error).what}`,
      {
        subject: stateDirectory,
        hint: "run this command as root",
        cause: error,
      },
    );
  }
  return acquireLock(await lockNameFor(stateDirectory), { waitMs });
}

async function readStatus(
  config: AgentConfig,
  ports: { readonly state: StateStore; readonly manager: SystemdManager },
  agent: AgentStatus,
): Promise<Status> {
  const inventory = await ports.state.loadInventory();
  const record = await ports.state.loadSyncRecord();
  const names = listStatusUnits(inventory);
  const units = await ports.manager.readStatus(names);
  return buildStatus({
    nowMs: Date.now(),
    host: config.host,
    agent,
    isVerified: config.verify !== null,
    source: { url: describeUrl(config.repository.url), branch: config.repository.branch },
    inventory,
    record,
    units: names.flatMap((name) => units.get(name) ?? []),
  });
}

/** A file of the host as `diff` shows it: text, `-> target` for a link, empty for nothing; null when it is not text. */
export async function readHostText(file: string): Promise<string | null> {
  try {
    const stats = await lstat(file);
    if (stats.isSymbolicLink()) return `-> ${await readlink(file)}\n`;
    const { bytes } = await readBoundedFile(file, { limitBytes: maxConfigBytes, symlink: "refuse" });
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch (error) {
    return errnoOf(error) === "ENOENT" ? "" : null;
  }
}

/** The log on standard output, as agent.yaml wants it. */
export function openLog(config: AgentConfig): (event: AgentEvent) => void {
  const log = createEventLog({
    ...config.log,
    style: detectLineStyle(process.env["JOURNAL_STREAM"]),
    writer: openStandardOutput(),
    now: () => Date.now(),
  });
  return (event) => log.emit(event);
}

export interface EdgeHandlers {
  readStatus(): Promise<Status>;
  runSync(request: SyncRequest): Promise<SyncOutcome>;
  onPush(): void;
  readonly signal: AbortSignal;
}

export interface Edges {
  readonly notifier: Notifier;
  /** The repository as the log may name it. */
  readonly repository: string;
  close(): Promise<void>;
}

/**
 * What only a daemon has: its sockets, the watch on a local repository, and the line to the service manager.
 * @throws AgentError `agent-locked`, `host-write-failed`
 */
export async function startEdges({ config, ports }: Composition, handlers: EdgeHandlers): Promise<Edges> {
  const warn = (message: string) => (error: unknown) => {
    const reason = error instanceof Error ? error.message : String(error);
    ports.events.emit({ type: "agent.warned", message, reason });
  };
  const server = await serveAgent({
    runtimeDirectory: config.paths.runtimeDirectory,
    readersGroupId: await findGroupId(readersGroup),
    handlers,
    onError: warn("a request on the agent's sockets failed"),
  });
  const risk = await findSwapRisk(config.paths.runtimeDirectory);
  if (risk !== null) ports.events.emit({ type: "revision.warned", diagnostic: risk });
  const { url, branch } = config.repository;
  const local = findLocalRepository(url);
  // What a tag or an exact commit stands for changes rarely: polling is enough.
  if (local !== null && config.repository.followed.kind === "branch") {
    const onError = warn("the local repository cannot be watched, so it is only polled");
    await watchRepository(local, branch, { onChange: () => handlers.onPush(), onError }, handlers.signal);
  }
  return {
    notifier: createNotifier(process.env, warn("systemd could not be notified")),
    repository: describeUrl(url),
    close: () => server.close(),
  };
}

export interface RepositoryOnDisk {
  readonly snapshot: Snapshot;
  readonly config: RepositoryConfig | null;
  readonly diagnostics: readonly Diagnostic[];
}

/** @throws AgentError `repository-invalid` */
export async function readRepositoryOnDisk(directory: string): Promise<RepositoryOnDisk> {
  const top = await readWorkTree(directory, (file) => file === repositoryConfigPath);
  const text = new TextDecoder().decode(top.files.get(repositoryConfigPath)?.bytes ?? new Uint8Array());
  const { config, diagnostics } = parseRepositoryConfig(text, repositoryConfigPath);
  if (config === null) return { snapshot: top, config, diagnostics };
  const snapshot = await readWorkTree(directory, (file) => mayMatterToAnyHost(config, file));
  return { snapshot, config, diagnostics };
}

function mayMatterToAnyHost(config: RepositoryConfig, file: string): boolean {
  const { units, files, secrets } = config.layout;
  const rest = file.replace(/^(?:roles|hosts)\/[^/]+\//, "");
  return [...units, ...files, ...secrets].some((directory) => rest.startsWith(`${directory}/`));
}
