/**
 * Boots a machine with systemd-nspawn on an overlay of a root file system. Gives it an identity of its own and keeps what
 * the lower root would start from starting (quiet-root.sh). Knows nothing of tests.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { closeSync, openSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { checkCommand } from "./command.ts";
import {
  createMachineDirectory,
  type MachineDirectory,
  recordOwner,
  removeMachineDirectory,
  sweepStaleMachines,
} from "./machine-directory.ts";
import type { Bind, DriverOptions, MachineDriver } from "./machine-driver.ts";
import { MachineNamespace, NAMESPACE_SCRIPT } from "./machine-namespace.ts";
import { pollUntil } from "./poll.ts";
import { findContainerInit, identifyProcess, isAlive, listChildren } from "./processes.ts";
import { findNodeBinds, locateLowerDirectory, type RootName } from "./root-filesystem.ts";

type NspawnRoot = Exclude<RootName, "container">;

const ENTER_SCRIPT = join(import.meta.dirname, "enter-machine.sh");
const QUIET_SCRIPT = join(import.meta.dirname, "quiet-root.sh");
const START_DEADLINE_MS = 60_000;
/** systemd gives a service that does not stop 90 s. */
const SHUTDOWN_DEADLINE_MS = 150_000;

export function createNspawnDriver(root: NspawnRoot, options: DriverOptions): MachineDriver {
  return new NspawnDriver(root, options);
}

class NspawnDriver implements MachineDriver {
  readonly #root: NspawnRoot;
  readonly #options: DriverOptions;
  #directory: MachineDirectory | undefined;
  #namespace: MachineNamespace | undefined;
  /** nsenter, whose child is systemd-nspawn, whose child is the machine's PID 1. */
  #launcher: ChildProcess | undefined;

  constructor(root: NspawnRoot, options: DriverOptions) {
    this.#root = root;
    this.#options = options;
  }

  async start(): Promise<void> {
    const launcher = this.#launch(await this.#openMachine());
    this.#launcher = launcher;
    const isStarted = async () => hasEnded(launcher) || this.#findInit() !== undefined;
    await this.#waitFor("start", isStarted, START_DEADLINE_MS);
    if (hasEnded(launcher)) throw new Error(`systemd-nspawn ended at once:\n${await this.readConsole()}`);
  }

  async shutDown(): Promise<void> {
    const launcher = this.#launcher;
    if (launcher?.pid === undefined || hasEnded(launcher)) return;
    // nspawn translates it for the machine: --kill-signal.
    for (const nspawn of listChildren(launcher.pid)) process.kill(nspawn, "SIGTERM");
    await this.#waitFor("shut down", async () => hasEnded(launcher), SHUTDOWN_DEADLINE_MS);
  }

  async kill(): Promise<void> {
    const launcher = this.#launcher;
    const init = this.#findInit();
    if (launcher === undefined || init === undefined) return;
    const identity = identifyProcess(init);
    // With PID 1 the kernel ends all that runs in the machine. (Killing nspawn alone would leave the machine running.)
    process.kill(init, "SIGKILL");
    await this.#waitFor("die", async () => hasEnded(launcher) && !isAlive(identity), START_DEADLINE_MS);
  }

  async destroy(): Promise<void> {
    await this.#namespace?.close();
    if (this.#directory !== undefined) removeMachineDirectory(this.#directory);
  }

  async makeEnterArgv(argv: readonly string[], options: { interactive?: boolean } = {}): Promise<string[]> {
    const init = this.#findInit();
    if (init === undefined) throw new Error(`machine ${this.#options.name} is not running`);
    const enter = ["sh", ENTER_SCRIPT, String(init)];
    if (options.interactive !== true) return [...enter, ...argv];
    // script gives the shell a terminal of the machine's own. On ours, which belongs to another process namespace, it
    // would have no job control.
    const command = argv.map(quoteForShell).join(" ");
    return [...enter, "script", "--quiet", "--return", "--command", command, "/dev/null"];
  }

  locate(path: string): string | undefined {
    const init = this.#findInit();
    return init === undefined ? undefined : `/proc/${init}/root${path}`;
  }

  async readConsole(): Promise<string> {
    if (this.#directory === undefined) return "";
    return readFileSync(this.#directory.consoleLog, "utf8").split("\n").slice(-40).join("\n");
  }

  describeRemoval(): string {
    return `Enter it: nsenter --target=${this.#findInit()} --all; end it: kill -KILL ${this.#namespace?.holderPid}`;
  }

  #findInit(): number | undefined {
    const launcherPid = this.#launcher?.pid;
    if (launcherPid === undefined) return undefined;
    return listChildren(launcherPid).map(findContainerInit).find(Boolean);
  }

  async #waitFor(verb: string, probe: () => Promise<boolean>, deadlineMs: number): Promise<void> {
    const describeSituation = async () => `console:\n${await this.readConsole()}`;
    await pollUntil(`${this.#options.name} to ${verb}`, probe, { deadlineMs, describeSituation });
  }

  /** The machine's directory and namespaces, made at the first boot and kept over reboots. */
  async #openMachine(): Promise<{ directory: MachineDirectory; namespace: MachineNamespace }> {
    if (this.#directory !== undefined && this.#namespace !== undefined) {
      return { directory: this.#directory, namespace: this.#namespace };
    }
    sweepStaleMachines();
    const { name, hostname, keep } = this.#options;
    const directory = createMachineDirectory(name);
    this.#directory = directory;
    const namespace = await MachineNamespace.open(directory, locateLowerDirectory(this.#root), keep);
    this.#namespace = namespace;
    if (keep) recordOwner(directory.path, namespace.holderPid);
    await checkCommand(["sh", QUIET_SCRIPT, namespace.rootPath]);
    writeIdentity(namespace.rootPath, hostname);
    return { directory, namespace };
  }

  #launch(machine: { directory: MachineDirectory; namespace: MachineNamespace }): ChildProcess {
    const { name, hostname, keep, binds } = this.#options;
    const nspawnArguments = [
      `--directory=${machine.directory.path}/root`,
      `--machine=${name}`,
      `--hostname=${hostname}`,
      ...["--register=no", "--keep-unit", "--private-network", "--kill-signal=SIGRTMIN+3"],
      ...["--resolv-conf=off", "--timezone=off", "--link-journal=no", "--console=read-only"],
      // What a real machine has and Podman's containers in the machine need.
      "--system-call-filter=add_key keyctl bpf",
      // Podman in the machine cannot keep its images on an overlay.
      `--bind=${machine.directory.path}/disk/containers:/var/lib/containers`,
      ...[...findNodeBinds(this.#root), ...binds].map(makeBindOption),
      "--boot",
    ];
    const boot = ["sh", NAMESPACE_SCRIPT, "boot", machine.directory.cgroup, ...nspawnArguments];
    const [program = "", ...args] = machine.namespace.makeEnterArgv(boot);
    const log = openSync(machine.directory.consoleLog, "a");
    const launcher = spawn(program, args, {
      stdio: ["ignore", log, log],
      env: { ...process.env, SYSTEMD_NSPAWN_UNIFIED_HIERARCHY: "1" },
      // Ctrl-C in the terminal of the test run is not for the machine.
      detached: true,
    });
    closeSync(log);
    if (keep) launcher.unref();
    return launcher;
  }
}

function writeIdentity(rootPath: string, hostname: string): void {
  const etc = join(rootPath, "etc");
  replaceFile(join(etc, "machine-id"), `${randomUUID().replaceAll("-", "")}\n`);
  replaceFile(join(etc, "hostname"), `${hostname}\n`);
  replaceFile(join(etc, "hosts"), `127.0.0.1 localhost\n127.0.1.1 ${hostname}\n::1 localhost\n`);
  rmSync(join(etc, "localtime"), { force: true });
  symlinkSync("/usr/share/zoneinfo/UTC", join(etc, "localtime"));
}

/** A symlink of the lower root is replaced, not followed: it would lead out of the overlay. */
function replaceFile(path: string, content: string): void {
  rmSync(path, { force: true });
  writeFileSync(path, content);
}

function hasEnded(child: ChildProcess): boolean {
  return child.exitCode !== null || child.signalCode !== null || child.pid === undefined;
}

function makeBindOption(bind: Bind): string {
  const paths = [bind.source, bind.target].map((path) =>
    path.replaceAll("\\", "\\\\").replaceAll(":", "\\:"),
  );
  return `--bind${bind.readOnly === true ? "-ro" : ""}=${paths.join(":")}`;
}

function quoteForShell(argument: string): string {
  return `'${argument.replaceAll("'", "'\\''")}'`;
}
