/** Asks dpkg which packages files belong to. Must not judge what that means. */
import { ProgramNotStarted, readProgram } from "../lib/program.ts";

const limits = { timeoutMs: 60_000, limitBytes: 8 * 1024 * 1024 };
/** So many paths fit well into the arguments of one program (execve(2), ARG_MAX). */
const pathsAtOnce = 500;

/**
 * The package of each path that belongs to one; of several the first. Without dpkg no path belongs to a package.
 * @param paths absolute
 */
export async function findPackages(paths: readonly string[]): Promise<ReadonlyMap<string, string>> {
  const packages = new Map<string, string>();
  for (let start = 0; start < paths.length; start += pathsAtOnce) {
    const output = await askDpkg(paths.slice(start, start + pathsAtOnce));
    for (const line of output.split("\n")) {
      // dpkg-query(1), --search: `package[:architecture], …: path`.
      const [, name, path] = /^([a-z0-9][a-z0-9+.-]*)(?::[a-z0-9]+)?(?:, [^/]*)?: (\/.*)$/.exec(line) ?? [];
      if (name !== undefined && path !== undefined) packages.set(path, name);
    }
  }
  return packages;
}

/** Exits with 1 when one of the paths belongs to no package, and has said the rest all the same. */
async function askDpkg(paths: readonly string[]): Promise<string> {
  // In patterns, which dpkg-query takes these for, a backslash quotes.
  const quoted = paths.map((path) => path.replace(/[\\*?[]/g, "\\$&"));
  try {
    const { stdout } = await readProgram("dpkg-query", ["--search", "--", ...quoted], {
      ...limits,
      environment: { ...process.env, LC_ALL: "C" },
    });
    return stdout;
  } catch (error) {
    if (error instanceof ProgramNotStarted) return "";
    throw error;
  }
}
