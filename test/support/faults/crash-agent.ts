/**
 * The agent as `gitops-agent sync` composes it, but mortal: it kills itself with SIGKILL at one chosen effect on the host,
 * or prints the names of all effects when it reaches its end. Runs in a test machine. Must not change what the agent does.
 *
 * Its one argument is JSON: `{}` or `{ "at": 7, "moment": "after" }`, where 1 is the first effect. `within` leaves what a
 * kill in the middle of the effect would leave: a temporary file with half of the content, half of the jobs. There is no
 * `before`: between two effects the agent only reads and thinks, so that would be `after` the effect in front of it.
 * `decisions` are what a person asks for with the round. `agentClockMs` sets the clock of the agent, not of the machine, back or forth.
 */
import { writeSync } from "node:fs";
import { mkdir, rename, symlink } from "node:fs/promises";
import path from "node:path";
import { Reconciler } from "../../../src/agent/reconcile.ts";
import { findAgentFile } from "../../../src/cli/agent-file.ts";
import { compose, loadAgentConfig } from "../../../src/cli/compose.ts";
import type { HostFile } from "../../../src/core/model/desired.ts";
import type { HostLayout } from "../../../src/core/model/host-layout.ts";
import type { HostFilesPort } from "../../../src/core/ports/host.ts";
import type { CredentialStorePort } from "../../../src/core/ports/secrets.ts";
import type { StatePort } from "../../../src/core/ports/state.ts";
import type { JobRequest, ManagerPort } from "../../../src/core/ports/systemd.ts";
import { temporaryPathFor, writeNewFile } from "../../../src/lib/atomic-file.ts";
import type { CrashOptions } from "./fault-host.ts";

class Effects {
  readonly names: string[] = [];
  readonly #options: CrashOptions;

  constructor(options: CrashOptions) {
    this.#options = options;
  }

  /** @param half what a kill in the middle of the effect leaves; without it: nothing, as when it had not begun */
  async run<T>(name: string, act: () => Promise<T>, half?: () => Promise<unknown>): Promise<T> {
    this.names.push(name);
    const isHere = this.#options.at === this.names.length;
    if (isHere && this.#options.moment === "within") {
      await half?.();
      await die(`within ${name}`);
    }
    const result = await act();
    if (isHere) await die(`after ${name}`);
    return result;
  }
}

async function die(where: string): Promise<never> {
  writeSync(2, `killed ${where}\n`);
  process.kill(process.pid, "SIGKILL");
  return await new Promise(() => {});
}

function watchFiles(files: HostFilesPort, effects: Effects): HostFilesPort {
  return {
    observe: (paths) => files.observe(paths),
    read: (filePath) => files.read(filePath),
    list: (directory) => files.list(directory),
    resolveOwners: (entries) => files.resolveOwners(entries),
    resolvePlaces: (changes) => files.resolvePlaces(changes),
    write: (file) =>
      effects.run(
        `write ${file.path}`,
        () => files.write(file),
        () => writeHalf(file),
      ),
    setAccess: (file) => effects.run(`chmod ${file.path}`, () => files.setAccess(file)),
    remove: (filePath) => effects.run(`remove ${filePath}`, () => files.remove(filePath)),
    backup: (filePath, kept) => effects.run(`backup ${filePath}`, () => files.backup(filePath, kept)),
    restore: (filePath, original) =>
      effects.run(`restore ${filePath}`, () => files.restore(filePath, original)),
  };
}

async function writeHalf(file: HostFile): Promise<void> {
  await mkdir(path.dirname(file.path), { recursive: true, mode: 0o755 });
  const temporary = temporaryPathFor(file.path);
  if (file.kind === "link") await symlink(file.linkTarget, temporary);
  else await writeNewFile(temporary, halve(file.bytes), { mode: file.mode });
}

function halve(bytes: Uint8Array): Uint8Array {
  return bytes.subarray(0, Math.floor(bytes.length / 2));
}

function watchState(state: StatePort, directory: string, effects: Effects): StatePort {
  const save = (name: string, value: unknown, act: () => Promise<void>) =>
    effects.run(`save ${name}`, act, () =>
      writeNewFile(
        temporaryPathFor(path.join(directory, name)),
        halve(new TextEncoder().encode(JSON.stringify(value))),
        { mode: 0o600 },
      ),
    );
  return {
    loadInventory: () => state.loadInventory(),
    saveInventory: (inventory) => save("inventory.json", inventory, () => state.saveInventory(inventory)),
    loadIntent: () => state.loadIntent(),
    saveIntent: (intent) => effects.run("save intent.json", () => state.saveIntent(intent)),
    loadSyncRecord: () => state.loadSyncRecord(),
    saveSyncRecord: (record) => save("sync.json", record, () => state.saveSyncRecord(record)),
  };
}

function watchCredentials(
  store: CredentialStorePort,
  { credentialDirectory, credentialsPath }: HostLayout,
  effects: Effects,
): CredentialStorePort {
  return {
    readComplete: (credentials) => store.readComplete(credentials),
    findAltered: (credentials) => store.findAltered(credentials),
    writeGeneration: (secrets) =>
      effects.run(
        "write credentials",
        () => store.writeGeneration(secrets),
        async () => {
          const name = await store.writeGeneration(secrets);
          await rename(
            path.join(credentialDirectory, name),
            path.join(credentialDirectory, `.unfinished-${name}`),
          );
        },
      ),
    activate: (generation) =>
      effects.run(
        "activate credentials",
        () => store.activate(generation),
        () => symlink(generation, temporaryPathFor(credentialsPath)),
      ),
    removeOthers: (keep) => effects.run("remove old credentials", () => store.removeOthers(keep)),
  };
}

function watchManager(manager: ManagerPort, effects: Effects): ManagerPort {
  const halfOf = (jobs: readonly JobRequest[]) => jobs.slice(0, Math.floor(jobs.length / 2));
  const touch = (name: string, units: readonly string[], act: () => Promise<void>) =>
    units.length === 0 ? act() : effects.run(`${name} ${units.join(" ")}`, act);
  return {
    ...bindReaders(manager),
    reload: () => effects.run("daemon-reload", () => manager.reload()),
    refreshControlGroups: (units) =>
      touch("refresh-cgroup", units, () => manager.refreshControlGroups(units)),
    resetFailed: (units) => touch("reset-failed", units, () => manager.resetFailed(units)),
    runCommand: (request) => effects.run(`run ${request.unit}`, () => manager.runCommand(request)),
    runJobs: (jobs, timeoutMs, signal) =>
      effects.run(
        `jobs ${jobs.map(({ verb, unit }) => `${verb} ${unit}`).join(", ")}`,
        () => manager.runJobs(jobs, timeoutMs, signal),
        () => manager.runJobs(halfOf(jobs), timeoutMs, signal),
      ),
  };
}

function bindReaders(manager: ManagerPort) {
  return {
    readUnits: (names: readonly string[]) => manager.readUnits(names),
    watchChanges: (names: readonly string[]) => manager.watchChanges(names),
    readDownCauses: (names: readonly string[]) => manager.readDownCauses(names),
    readStatus: (names: readonly string[]) => manager.readStatus(names),
    readLongStarts: (names: readonly string[]) => manager.readLongStarts(names),
    readFailedRequirements: (names: readonly string[]) => manager.readFailedRequirements(names),
    readUnmet: (names: readonly string[]) => manager.readUnmet(names),
    listLoaded: (patterns: readonly string[]) => manager.listLoaded(patterns),
    readTies: (names: readonly string[]) => manager.readTies(names),
    glance: (types: readonly string[]) => manager.glance(types),
    readLoaded: (names: readonly string[]) => manager.readLoaded(names),
    takeHints: () => manager.takeHints(),
    takeReload: () => manager.takeReload(),
    listRestarted: (sinceUs: number) => manager.listRestarted(sinceUs),
  };
}

async function main(): Promise<void> {
  const options = JSON.parse(process.argv[2] ?? "{}") as CrashOptions;
  const realNow = Date.now;
  Date.now = () => realNow() + (options.agentClockMs ?? 0);
  const effects = new Effects(options);
  const composition = compose(await loadAgentConfig(await findAgentFile({})), []);
  const { ports, settings } = composition;
  const reconciler = new Reconciler(
    {
      ...ports,
      files: watchFiles(ports.files, effects),
      state: watchState(ports.state, ports.layout.stateDirectory, effects),
      credentials: watchCredentials(ports.credentials, ports.layout, effects),
      manager: watchManager(ports.manager, effects),
    },
    settings,
    composition.config.drift,
  );
  const waitForEver = (signal: AbortSignal) =>
    new Promise<"time">((resolve) => signal.addEventListener("abort", () => resolve("time")));
  const lock = await composition.lock(0);
  const outcome = await reconciler.reconcile(
    {
      cause: "asked",
      modes: [],
      adopt: [],
      decisions: options.decisions ?? [],
      nextHint: waitForEver,
      beginFullLook: async () => {},
    },
    new AbortController().signal,
  );
  await lock.release();
  composition.close();
  writeSync(1, `${JSON.stringify({ outcome: outcome.kind, effects: effects.names })}\n`);
}

await main();
