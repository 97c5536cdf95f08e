/**
 * The mount and process namespaces that an nspawn machine lives in. They are bound to the life of this process: whatever
 * kills a test run, the kernel ends every process of its machines and drops their mounts. Boots nothing.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { closeSync, openSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { MachineDirectory } from "./machine-directory.ts";
import { listChildren } from "./processes.ts";

/** See the head of the script for its two commands. */
export const NAMESPACE_SCRIPT = join(import.meta.dirname, "machine-namespace.sh");

export class MachineNamespace {
  readonly #holder: ChildProcess;
  readonly #directory: MachineDirectory;

  private constructor(holder: ChildProcess, directory: MachineDirectory) {
    this.#holder = holder;
    this.#directory = directory;
  }

  /**
   * Opens the namespaces and mounts an overlay of `lower` at `root` in the directory.
   *
   * @param keep let the namespaces outlive this process
   * @throws an error with what mount said
   */
  static async open(directory: MachineDirectory, lower: string, keep: boolean): Promise<MachineNamespace> {
    // cat ends when our end of the pipe closes, thus when this process ends, however it does.
    const stayer = keep ? ["sleep", "infinity"] : ["cat"];
    const script = ["sh", NAMESPACE_SCRIPT, "hold", directory.path, lower, ...stayer];
    const namespaces = [
      "--mount",
      "--propagation=private",
      "--pid",
      "--fork",
      "--kill-child",
      "--mount-proc",
    ];
    const log = openSync(directory.consoleLog, "a");
    const holder = spawn("unshare", [...namespaces, "--", ...script], {
      stdio: [keep ? "ignore" : "pipe", "pipe", log],
      detached: true,
    });
    closeSync(log);
    const isReady = await waitForOutput(holder);
    holder.stdout?.destroy();
    if (keep) holder.unref();
    if (isReady) return new MachineNamespace(holder, directory);
    throw new Error(`cannot mount an overlay of ${lower}: ${readFileSync(directory.consoleLog, "utf8")}`);
  }

  /** The process whose end is the end of the machine, as this host numbers it. */
  get holderPid(): number {
    return this.#holder.pid ?? 0;
  }

  /** The machine's root file system as a path for this process. Absolute symlinks in it lead to the host: follow none. */
  get rootPath(): string {
    return join("/proc", String(this.#firstPid()), "root", this.#directory.path, "root");
  }

  /** The argument array that runs `argv` in the namespaces. */
  makeEnterArgv(argv: readonly string[]): string[] {
    return ["nsenter", `--target=${this.#firstPid()}`, "--mount", "--pid", "--", ...argv];
  }

  /** Ends every process in the namespaces; their mounts are gone when this resolves. */
  async close(): Promise<void> {
    if (this.#holder.exitCode !== null || this.#holder.signalCode !== null) return;
    const hasExited = once(this.#holder, "exit");
    const [first] = listChildren(this.holderPid);
    // The first process: unshare then waits until the kernel has ended all others, and exits.
    process.kill(first ?? this.holderPid, "SIGKILL");
    await hasExited;
  }

  #firstPid(): number {
    const [first] = listChildren(this.holderPid);
    if (first === undefined) throw new Error("the namespaces of this machine are closed");
    return first;
  }
}

/** True when the process printed something, false when it ended without. */
async function waitForOutput(child: ChildProcess): Promise<boolean> {
  return await new Promise<boolean>((resolve, reject) => {
    child.once("error", reject);
    child.once("exit", () => resolve(false));
    child.stdout?.once("data", () => resolve(true));
  });
}
