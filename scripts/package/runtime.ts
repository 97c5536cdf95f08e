/** The node that is put into a package for hosts whose own is too old: the one that runs the build. */
import { existsSync } from "node:fs";
import { readFile, realpath } from "node:fs/promises";
import path from "node:path";
import { run } from "./run.ts";

export interface Runtime {
  /** The program. */
  readonly file: string;
  /** The version, as in `20.20.2`. */
  readonly version: string;
  /** The terms under which it may be passed on. */
  readonly license: string;
  /** Debian's name of what it was built for, as in `amd64`. */
  readonly architecture: string;
}

/** What every Debian has, or gets with the packages that `Depends:` names. */
const commonLibrary = /^(?:linux-vdso|ld-linux.*|lib(?:c|m|dl|pthread|rt|stdc\+\+|gcc_s))\.so/;

/**
 * @throws an error when this node needs libraries of its distribution, as Debian's own does, or when its license is not found
 */
export async function findRuntime(): Promise<Runtime> {
  const file = await realpath(process.execPath);
  const libraries = (await run(["ldd", file]))
    .split("\n")
    .map((line) => path.basename(line.trim().split(/\s/)[0] ?? ""));
  const own = libraries.filter((library) => library !== "" && !commonLibrary.test(library));
  if (own.length > 0)
    throw new Error(
      `${file} needs ${own.join(", ")}, which other hosts may not have: build with the node of nodejs.org instead`,
    );
  const parent = path.dirname(path.dirname(file));
  const license = [`${parent}/LICENSE`, `${parent}/share/doc/nodejs/LICENSE`].find((candidate) =>
    existsSync(candidate),
  );
  if (license === undefined) throw new Error(`the license of ${file} is not found, and must go with it`);
  return {
    file,
    version: process.versions.node,
    license: await readFile(license, "utf8"),
    architecture: (await run(["dpkg", "--print-architecture"])).trim(),
  };
}
