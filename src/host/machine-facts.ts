/** Facts about this host that only `doctor` asks for. Each is read when it is asked for; none is judged here. */
import { readFile, statfs } from "node:fs/promises";
import type { HostLayout } from "../core/model/host-layout.ts";
import { ProgramNotStarted, readProgram } from "../lib/program.ts";
import { errnoOf } from "../lib/system-error.ts";

const limits = { timeoutMs: 10_000, limitBytes: 256 * 1024 };

/**
 * What a program prints to standard output; null when it cannot be started, fails, or takes too long.
 * @param variables added to the environment of this process
 */
export async function askProgram(
  program: string,
  args: readonly string[],
  variables: Readonly<Record<string, string>> = {},
): Promise<string | null> {
  try {
    const environment = { ...process.env, ...variables };
    const { exitCode, stdout } = await readProgram(program, args, { ...limits, environment });
    return exitCode === 0 ? stdout.trim() : null;
  } catch {
    return null;
  }
}

/** Whether a program can be started, whatever it then says. */
export async function canStart(program: string): Promise<boolean> {
  try {
    await readProgram(program, ["--version"], limits);
    return true;
  } catch (error) {
    return !(error instanceof ProgramNotStarted);
  }
}

/** Properties of a unit as `systemctl show` prints them; null when systemd does not answer. */
export async function showUnit(
  { manager, managerEnvironment }: Pick<HostLayout, "manager" | "managerEnvironment">,
  unit: string,
  names: readonly string[],
): Promise<ReadonlyMap<string, string> | null> {
  const args = [`--${manager}`, "show", `--property=${names.join(",")}`, "--", unit];
  const output = await askProgram("systemctl", args, managerEnvironment);
  if (output === null) return null;
  const pairs = output.split("\n").map((line): [string, string] => {
    const equals = line.indexOf("=");
    return [line.slice(0, equals), line.slice(equals + 1)];
  });
  return new Map(pairs);
}

/** Room on the file system of a path; null when the path does not exist. */
export async function readSpace(
  path: string,
): Promise<{ readonly path: string; readonly freeBytes: number; readonly freeFiles: number | null } | null> {
  try {
    const { bavail, bsize, files, ffree } = await statfs(path);
    // btrfs and others count no inodes.
    return { path, freeBytes: bavail * bsize, freeFiles: files === 0 ? null : ffree };
  } catch (error) {
    if (errnoOf(error) === "ENOENT") return null;
    throw error;
  }
}

/** A number that the kernel tells in a file of /proc; null when it does not. */
export async function readKernelNumber(file: string): Promise<number | null> {
  try {
    const value = Number((await readFile(file, "utf8")).trim());
    return Number.isFinite(value) ? value : null;
  } catch {
    return null;
  }
}
