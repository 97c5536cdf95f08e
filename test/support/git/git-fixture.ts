/**
 * Git repositories for tests, made with real git and nothing of the developer's configuration. Commits go into the
 * bare repository by `git fast-import`, so modes, symlinks, submodules and odd names are exactly as written here.
 */
import { spawn } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** Content of a file, or what else shall stand at a path; null removes it. */
export type FixtureEntry =
  | string
  | Uint8Array
  | { readonly mode: "file" | "executable"; readonly content: string | Uint8Array }
  | { readonly symlink: string }
  | { readonly submodule: string }
  | null;

export type FixtureChanges = Readonly<Record<string, FixtureEntry>>;

export interface FixtureRepository {
  /** Below it is `bareDirectory`; tests may put files of their own beside that. */
  readonly directory: string;
  readonly bareDirectory: string;
  readonly branch: string;
  /** Adds a commit to the branch, as a push would; returns its id. */
  commit(changes: FixtureChanges, message?: string): Promise<string>;
  /** Replaces the whole history of the branch by one new commit, as a forced push would; returns its id. */
  rewrite(changes: FixtureChanges, message?: string): Promise<string>;
  /** Runs git on the bare repository and returns its standard output. */
  git(...args: string[]): Promise<string>;
  /** Deletes everything. */
  remove(): Promise<void>;
}

const firstCommitAt = 1_700_000_000;

export async function createRepository(branch = "main"): Promise<FixtureRepository> {
  const directory = await mkdtemp(join(tmpdir(), "gitops-agent-git-"));
  const bareDirectory = join(directory, "config.git");
  await runGit(["init", "--quiet", "--bare", `--initial-branch=${branch}`, bareDirectory]);
  const git = (...args: string[]): Promise<string> => runGit(["--git-dir", bareDirectory, ...args]);
  let commits = 0;
  let isEmpty = true;

  async function importCommit(changes: FixtureChanges, message: string, parent: string): Promise<string> {
    const when = `${firstCommitAt + commits} +0000`;
    commits += 1;
    const stream = formatCommit({ branch, when, message, parent, changes });
    await runGit(["--git-dir", bareDirectory, "fast-import", "--quiet", "--force"], stream);
    isEmpty = false;
    return (await git("rev-parse", `refs/heads/${branch}`)).trim();
  }

  return {
    directory,
    bareDirectory,
    branch,
    commit: (changes, message = `commit ${commits}`) =>
      importCommit(changes, message, isEmpty ? "" : `from refs/heads/${branch}^0\n`),
    rewrite: (changes, message = `rewrite ${commits}`) => importCommit(changes, message, ""),
    git,
    remove: () => rm(directory, { recursive: true, force: true }),
  };
}

export interface FixtureCommit {
  readonly branch: string;
  /** Seconds since the epoch and the zone, as fast-import takes it. */
  readonly when: string;
  readonly message: string;
  /** A `from` line, or nothing for a commit without a parent. */
  readonly parent: string;
  readonly changes: FixtureChanges;
}

/** One commit as `git fast-import` reads it. */
export function formatCommit({ branch, when, message, parent, changes }: FixtureCommit): Buffer {
  return Buffer.concat([
    Buffer.from(`commit refs/heads/${branch}\n`),
    Buffer.from(`author Alice Example <alice@example.org> ${when}\n`),
    Buffer.from(`committer Alice Example <alice@example.org> ${when}\n`),
    formatData(message),
    Buffer.from(parent),
    ...Object.entries(changes).map(([path, entry]) => formatChange(path, entry)),
  ]);
}

function formatChange(path: string, entry: FixtureEntry): Buffer {
  const name = quotePath(path);
  if (entry === null) return Buffer.from(`D ${name}\n`);
  if (typeof entry === "string" || entry instanceof Uint8Array) return formatBlob("100644", name, entry);
  if ("symlink" in entry) return formatBlob("120000", name, entry.symlink);
  if ("submodule" in entry) return Buffer.from(`M 160000 ${entry.submodule} ${name}\n`);
  return formatBlob(entry.mode === "executable" ? "100755" : "100644", name, entry.content);
}

function formatBlob(mode: string, name: string, content: string | Uint8Array): Buffer {
  return Buffer.concat([Buffer.from(`M ${mode} inline ${name}\n`), formatData(content)]);
}

function formatData(content: string | Uint8Array): Buffer {
  const bytes = Buffer.from(content);
  return Buffer.concat([Buffer.from(`data ${bytes.length}\n`), bytes, Buffer.from("\n")]);
}

/** Every byte that is not plain as an octal escape, as fast-import reads a quoted path. */
function quotePath(path: string): string {
  const escaped = Array.from(Buffer.from(path), (byte) =>
    /[\w./@: -]/.test(String.fromCharCode(byte)) && byte < 0x80
      ? String.fromCharCode(byte)
      : `\\${byte.toString(8).padStart(3, "0")}`,
  );
  return `"${escaped.join("")}"`;
}

/** Runs git with an isolated configuration; rejects with its standard error when it fails. */
export function runGit(args: readonly string[], input: Uint8Array = new Uint8Array()): Promise<string> {
  const env = {
    PATH: process.env["PATH"],
    LC_ALL: "C",
    GIT_CONFIG_NOSYSTEM: "1",
    GIT_CONFIG_GLOBAL: "/dev/null",
    GIT_AUTHOR_NAME: "Alice Example",
    GIT_AUTHOR_EMAIL: "alice@example.org",
    GIT_COMMITTER_NAME: "Alice Example",
    GIT_COMMITTER_EMAIL: "alice@example.org",
  };
  return new Promise((resolve, reject) => {
    const child = spawn("git", args, { env, stdio: "pipe" });
    const stdout: Buffer[] = [];
    const stderr: Buffer[] = [];
    child.stdout.on("data", (chunk: Buffer) => stdout.push(chunk));
    child.stderr.on("data", (chunk: Buffer) => stderr.push(chunk));
    child.stdin.on("error", () => {});
    child.on("error", reject);
    child.on("close", (exitCode) => {
      if (exitCode === 0) resolve(Buffer.concat(stdout).toString("utf8"));
      else reject(new Error(`git ${args.join(" ")}: ${Buffer.concat(stderr).toString("utf8")}`));
    });
    child.stdin.end(input);
  });
}
