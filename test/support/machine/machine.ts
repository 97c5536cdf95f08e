/**
 * A throw-away machine with a real systemd as PID 1, and everything a test does with it. How a machine comes into being
 * is the drivers' business (nspawn.ts, container.ts); what gitops-agent is, nobody here knows.
 */
import { spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import {
  CommandError,
  type CommandOptions,
  type CommandResult,
  describeFailure,
  runCommand,
} from "./command.ts";
import { createContainerDriver } from "./container.ts";
import { type Bind, type MachineDriver, withCleanEnvironment } from "./machine-driver.ts";
import { type JournalQuery, makeJournalArgv, parseProperties, splitBlocks } from "./machine-output.ts";
import { createNspawnDriver } from "./nspawn.ts";
import { pollUntil } from "./poll.ts";
import type { RootName } from "./root-filesystem.ts";

export interface BootOptions {
  readonly binds?: readonly Bind[];
  /** Default: the machine's generated name. */
  readonly hostname?: string;
  /** Leave the machine running after `destroy()` and after this process, and say how to remove it. */
  readonly keep?: boolean;
}

/** What a long-running boot or reboot may take on a slow, busy host. */
const BOOT_DEADLINE_MS = 120_000;
const WAIT_DEADLINE_MS = 30_000;

/**
 * Boots a machine; `destroy()` it in the end. Machines whose process died without that are removed by the next one.
 *
 * @throws an error with the end of the console log when the boot does not complete
 */
export async function bootMachine(root: RootName, options: BootOptions = {}): Promise<Machine> {
  const name = `${root}-${randomBytes(4).toString("hex")}`;
  const keep = options.keep ?? false;
  const driverOptions = { name, hostname: options.hostname ?? name, binds: options.binds ?? [], keep };
  const driver =
    root === "container" ? createContainerDriver(driverOptions) : createNspawnDriver(root, driverOptions);
  const machine = new Machine(name, root, driver, keep);
  try {
    await driver.start();
    await machine.waitUntilBooted();
    return machine;
  } catch (error) {
    await driver.destroy();
    throw error;
  }
}

export class Machine implements AsyncDisposable {
  readonly name: string;
  readonly root: RootName;
  readonly #driver: MachineDriver;
  readonly #keep: boolean;

  constructor(name: string, root: RootName, driver: MachineDriver, keep: boolean) {
    this.name = name;
    this.root = root;
    this.#driver = driver;
    this.#keep = keep;
  }

  /**
   * Runs a program as root; another exit code than 0 is a result. `env` is added to a clean environment.
   *
   * @throws CommandError when it does not end within `timeoutMs` (default 120 s)
   */
  async run(argv: readonly string[], options: CommandOptions = {}): Promise<CommandResult> {
    const { env, ...rest } = options;
    return await runCommand(await this.#driver.makeEnterArgv(withCleanEnvironment(argv, env)), rest);
  }

  /**
   * The standard output, without its final newlines, of a program that must succeed.
   *
   * @throws CommandError with arguments, exit code and output when the exit code is not 0
   */
  async check(argv: readonly string[], options: CommandOptions = {}): Promise<string> {
    return (await this.#mustSucceed(argv, options)).trimEnd();
  }

  /** As `check`, for a bash script that stops at its first error. */
  async shell(script: string, options: CommandOptions = {}): Promise<string> {
    return await this.check(["bash", "-euo", "pipefail", "-c", script], options);
  }

  /** Creates missing directories and overwrites in place, as an editor or `cp` does; `mode` such as 0o644. */
  async writeFile(path: string, content: string | Uint8Array, mode?: number): Promise<void> {
    const script = 'mkdir -p "$(dirname "$1")"; cat >"$1"; if [ -n "$2" ]; then chmod "$2" "$1"; fi';
    const modeText = mode === undefined ? "" : mode.toString(8);
    await this.check(["sh", "-euc", script, "sh", path, modeText], { stdin: content });
  }

  /** The whole content, final newline included. */
  async readFile(path: string): Promise<string> {
    return await this.#mustSucceed(["cat", path]);
  }

  /** Where this host finds an absolute path of the machine, whose symlinks are not followed; undefined when it cannot. */
  locate(path: string): string | undefined {
    return this.#driver.locate(path);
  }

  /** True also for a dangling symlink. */
  async exists(path: string): Promise<boolean> {
    return (await this.run(["test", "-e", path, "-o", "-L", path])).exitCode === 0;
  }

  /** Properties by name, as `systemctl show` prints them; a repeated one has a line for each occurrence. */
  async properties(unit: string, names: readonly string[]): Promise<Record<string, string>> {
    return parseProperties(
      await this.check(["systemctl", "show", `--property=${names.join(",")}`, "--", unit]),
    );
  }

  /** The InvocationID of every unit, by the name it was asked for; "" for one that never ran. */
  async invocationIds(units: readonly string[]): Promise<Map<string, string>> {
    if (units.length === 0) return new Map();
    const output = await this.check(["systemctl", "show", "--property=Id,InvocationID", "--", ...units]);
    const blocks = splitBlocks(output);
    return new Map(
      units.map((unit, index) => [unit, parseProperties(blocks[index] ?? "")["InvocationID"] ?? ""]),
    );
  }

  /**
   * Journal entries, oldest first; "" when nothing matches. Has what was logged before the call: journald is told to take
   * in what waits for it (journalctl(1), --sync), which may fail only while it does not run.
   */
  async journal(query: JournalQuery = {}): Promise<string> {
    await this.run(["journalctl", "--sync"]);
    const argv = makeJournalArgv(query);
    const result = await this.run(argv);
    // journalctl --grep exits with 1 when nothing matches.
    if (result.exitCode !== 0 && result.stderr.trim() !== "") {
      throw new CommandError(describeFailure(argv, `exit code ${result.exitCode}`, result));
    }
    return result.stdout.trimEnd();
  }

  /**
   * The first value of `probe` that is neither undefined nor false.
   *
   * @param what completes "waited for …"
   * @throws DeadlineError after `deadlineMs` (default 30 s), with the last value or error and the journal's tail
   */
  async waitFor<T>(
    what: string,
    probe: () => Promise<T | undefined | false>,
    deadlineMs: number = WAIT_DEADLINE_MS,
  ): Promise<T> {
    return await pollUntil(`${what} on ${this.name}`, probe, {
      deadlineMs,
      describeSituation: async () => `journal:\n${await this.journal({ lines: 30 }).catch(String)}`,
    });
  }

  /** An orderly reboot: services are stopped, /run is empty afterwards, the disk stays. */
  async reboot(): Promise<void> {
    await this.#driver.shutDown();
    await this.#driver.start();
    await this.waitUntilBooted();
  }

  /** Power failure and boot: nothing is stopped, nothing in memory survives. */
  async powerCycle(): Promise<void> {
    await this.#driver.kill();
    await this.#driver.start();
    await this.waitUntilBooted();
  }

  /** Runs a program on our own terminal, a root shell by default; resolves to its exit code. */
  async attach(argv: readonly string[] = ["bash", "--login"]): Promise<number> {
    const env = { TERM: process.env["TERM"] ?? "dumb" };
    const enterArgv = await this.#driver.makeEnterArgv(withCleanEnvironment(argv, env), {
      interactive: true,
    });
    const [program = "", ...args] = enterArgv;
    return await new Promise((resolve, reject) => {
      const child = spawn(program, args, { stdio: "inherit" });
      child.once("error", reject);
      child.once("exit", (code) => resolve(code ?? 128));
    });
  }

  /** Ends and removes the machine, unless it is to be kept. Safe to call twice. */
  async destroy(): Promise<void> {
    if (this.#keep) process.stderr.write(`machine ${this.name} is kept. ${this.#driver.describeRemoval()}\n`);
    else await this.#driver.destroy();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.destroy();
  }

  /** @throws DeadlineError with the end of the console log when the boot does not complete */
  async waitUntilBooted(): Promise<void> {
    await pollUntil(`${this.name} to boot`, async () => await this.#hasBooted(), {
      deadlineMs: BOOT_DEADLINE_MS,
      describeSituation: async () => `console:\n${await this.#driver.readConsole().catch(String)}`,
    });
  }

  /** True when the boot has come to its end, be it with failed units. */
  async #hasBooted(): Promise<boolean> {
    const { stdout, stderr } = await this.run(["systemctl", "is-system-running"], { timeoutMs: 10_000 });
    const state = stdout.trim();
    if (state === "running" || state === "degraded") return true;
    throw new Error(`systemctl is-system-running: ${state} ${stderr.trim()}`);
  }

  async #mustSucceed(argv: readonly string[], options: CommandOptions = {}): Promise<string> {
    const result = await this.run(argv, options);
    if (result.exitCode === 0) return result.stdout;
    throw new CommandError(describeFailure(argv, `exit code ${result.exitCode} on ${this.name}`, result));
  }
}
