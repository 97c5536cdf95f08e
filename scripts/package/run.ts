/** Runs one program of the build and gives its output. Never goes through a shell. */
import { execFile } from "node:child_process";
import { promisify } from "node:util";

const execute = promisify(execFile);
const outputLimitBytes = 64 * 1024 * 1024;

/**
 * The standard output of a program that must succeed.
 * @param env is added to this process's environment
 * @throws an error with the program's standard error
 */
export async function run(
  argv: readonly [string, ...string[]],
  { cwd = process.cwd(), env = {} }: { readonly cwd?: string; readonly env?: NodeJS.ProcessEnv } = {},
): Promise<string> {
  const [program, ...args] = argv;
  const options = { cwd, env: { ...process.env, ...env }, maxBuffer: outputLimitBytes };
  return (await execute(program, args, options)).stdout;
}
