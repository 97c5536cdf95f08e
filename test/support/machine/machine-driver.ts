/**
 * What a kind of machine must be able to do, and the environment that commands get inside. machine.ts builds everything
 * else on this; a driver knows nothing of units, journals or tests.
 */

export interface Bind {
  /** An absolute path here. */
  readonly source: string;
  /** An absolute path in the machine. */
  readonly target: string;
  readonly readOnly?: boolean;
}

export interface DriverOptions {
  /** At most 64 characters of a-z, 0-9 and "-"; unique on this host. */
  readonly name: string;
  readonly hostname: string;
  readonly binds: readonly Bind[];
  /** Keep the machine when this process ends. */
  readonly keep: boolean;
}

export interface MachineDriver {
  /** Boots the root file system that the driver was made for; resolves when PID 1 runs, not when the boot is complete. */
  start(): Promise<void>;
  /** Lets systemd stop everything in order and resolves when PID 1 is gone. */
  shutDown(): Promise<void>;
  /** Ends every process at once, as a power failure does; resolves when PID 1 is gone. */
  kill(): Promise<void>;
  /** Removes what is left of the machine: processes, mounts, control groups, files. Safe to call twice. */
  destroy(): Promise<void>;
  /** The argument array, to be run here, that runs `argv` in the machine. */
  makeEnterArgv(argv: readonly string[], options?: { interactive?: boolean }): Promise<string[]>;
  /** Where this host finds an absolute path of the machine while it runs; undefined when it cannot. */
  locate(path: string): string | undefined;
  /** The end of what the machine printed to its console. */
  readConsole(): Promise<string>;
  /** How a person gets rid of a machine that was kept. */
  describeRemoval(): string;
}

const SEARCH_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/** `argv` with an environment that owes nothing to ours, so that a test behaves the same wherever it was started. */
export function withCleanEnvironment(
  argv: readonly string[],
  env: Readonly<Record<string, string>> = {},
): string[] {
  const variables = { PATH: SEARCH_PATH, HOME: "/root", LANG: "C.UTF-8", ...env };
  const assignments = Object.entries(variables).map(([key, value]) => `${key}=${value}`);
  return ["/usr/bin/env", "--ignore-environment", ...assignments, ...argv];
}
