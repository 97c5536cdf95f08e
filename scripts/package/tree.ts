/** Lays out the files of a package below a directory of its own. */
import { cp, mkdir, mkdtemp, readdir, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { run } from "./run.ts";

export class Tree {
  readonly directory: string;

  private constructor(directory: string) {
    this.directory = directory;
  }

  /** Calls `use` with an empty tree, which is removed afterwards. */
  static async with<Value>(use: (tree: Tree) => Promise<Value>): Promise<Value> {
    const directory = await mkdtemp(path.join(tmpdir(), "gitops-agent-package-"));
    try {
      return await use(new Tree(directory));
    } finally {
      await rm(directory, { recursive: true, force: true });
    }
  }

  /** @param mode 0o755 for a program */
  async write(file: string, content: string | Uint8Array, mode = 0o644): Promise<void> {
    await this.makeDirectory(path.dirname(file));
    await writeFile(this.locate(file), content, { mode });
  }

  /** A file, or a directory with all that is in it. */
  async copy(source: string, file: string): Promise<void> {
    await cp(source, this.locate(file), { recursive: true });
  }

  async makeDirectory(file: string): Promise<void> {
    await mkdir(this.locate(file), { recursive: true });
  }

  /** A symbolic link to `destination`. */
  async link(file: string, destination: string): Promise<void> {
    await this.makeDirectory(path.dirname(file));
    await symlink(destination, this.locate(file));
  }

  /** The files, without directories and links, sorted. */
  async list(): Promise<readonly string[]> {
    const entries = await readdir(this.directory, { recursive: true, withFileTypes: true });
    const files = entries.filter((entry) => entry.isFile());
    return files
      .map(({ parentPath, name }) => path.relative(this.directory, path.join(parentPath, name)))
      .toSorted();
  }

  locate(file: string): string {
    return path.join(this.directory, file);
  }

  /** Modes as if the umask were 022, whatever it was when the sources were checked out. */
  async settleModes(): Promise<void> {
    await run(["chmod", "--recursive", "u=rwX,go=rX", this.directory]);
  }
}
