/**
 * Keys and signed commits for tests, made with real ssh-keygen, gpg and git, in a directory that goes away. Commits
 * are made straight in a bare repository; no branch points to them. Must not hold assertions.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { chmod, copyFile, mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { checkCommand } from "../machine/command.ts";

/** A key as git's configuration names it. */
export interface SigningKey {
  readonly format: "ssh" | "openpgp";
  /** Path of the private SSH key or id of the OpenPGP key. */
  readonly id: string;
  readonly program?: string;
}

export interface CommitOptions {
  readonly parents?: readonly string[];
  readonly message?: string;
  /** Absent: not signed. */
  readonly key?: SigningKey;
  /** Seconds since the epoch. */
  readonly at?: number;
}

export interface SigningFixture {
  readonly directory: string;
  /** A bare repository. */
  readonly gitDirectory: string;
  /** A commit with an empty tree; returns its id. */
  commit(options: CommitOptions): Promise<string>;
  /** A copy of a commit with other bytes, its signature unchanged; returns its id. */
  tamper(commit: string, change: (text: string) => string): Promise<string>;
  git(...args: string[]): Promise<string>;
  createSshKey(name: string): Promise<SigningKey>;
  /** An SSH key with a certificate for a principal, issued by `authority`. */
  certify(key: SigningKey, authority: SigningKey, principal: string): Promise<SigningKey>;
  /** `principal options type key` for an allowed-signers file. */
  formatSigner(principal: string, key: SigningKey, options?: string): Promise<string>;
  /** Writes a file, readable by all and writable by its owner alone; returns its path. */
  write(name: string, content: string | Uint8Array): Promise<string>;
  remove(): void;
}

const identity = {
  GIT_CONFIG_NOSYSTEM: "1",
  GIT_CONFIG_GLOBAL: "/dev/null",
  GIT_AUTHOR_NAME: "Alice Example",
  GIT_AUTHOR_EMAIL: "alice@example.org",
  GIT_COMMITTER_NAME: "Alice Example",
  GIT_COMMITTER_EMAIL: "alice@example.org",
};

function environment(more: Readonly<Record<string, string>> = {}): Record<string, string> {
  return { PATH: process.env["PATH"] ?? "/usr/bin:/bin", LC_ALL: "C", ...identity, ...more };
}

export async function createSigningFixture(): Promise<SigningFixture> {
  const directory = mkdtempSync(join(tmpdir(), "gitops-agent-signing-"));
  const gitDirectory = join(directory, "config.git");
  const env = environment();
  const git = (...args: string[]): Promise<string> =>
    checkCommand(["git", "--git-dir", gitDirectory, ...args], { env });
  await checkCommand(["git", "init", "--quiet", "--bare", "--initial-branch=main", gitDirectory], { env });
  const tree = await git("hash-object", "-t", "tree", "-w", "--stdin");
  return {
    directory,
    gitDirectory,
    git,
    commit: ({ parents = [], message = "a commit", key, at }) => {
      const when =
        at === undefined ? {} : { GIT_AUTHOR_DATE: `@${at} +0000`, GIT_COMMITTER_DATE: `@${at} +0000` };
      const argv = [
        "git",
        "--git-dir",
        gitDirectory,
        ...formatKey(key),
        "commit-tree",
        ...(key === undefined ? [] : ["-S"]),
      ];
      const ancestry = parents.flatMap((parent) => ["-p", parent]);
      return checkCommand([...argv, ...ancestry, "-m", message, tree], { env: environment(when) });
    },
    tamper: async (commit, change) => {
      const text = change(`${await git("cat-file", "commit", commit)}\n`);
      const argv = ["git", "--git-dir", gitDirectory, "hash-object", "-t", "commit", "-w", "--stdin"];
      return checkCommand(argv, { env, stdin: text });
    },
    createSshKey: async (name) => {
      const id = join(directory, name);
      await checkCommand(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", name, "-f", id]);
      return { format: "ssh", id };
    },
    certify: async (key, authority, principal) => {
      await checkCommand([
        "ssh-keygen",
        "-q",
        "-s",
        authority.id,
        "-I",
        principal,
        "-n",
        principal,
        `${key.id}.pub`,
      ]);
      // ssh-keygen takes the certificate for the public half when it stands beside the private key.
      const id = `${key.id}-certified`;
      await copyFile(key.id, id);
      await chmod(id, 0o600);
      await copyFile(`${key.id}-cert.pub`, `${id}.pub`);
      return { format: "ssh", id: `${id}.pub` };
    },
    formatSigner: async (principal, key, options = "") => {
      const [type, body] = (await readFile(`${key.id}.pub`, "utf8")).split(" ");
      return `${principal} ${options} ${type} ${body}\n`;
    },
    write: async (name, content) => {
      const path = join(directory, name);
      await rm(path, { force: true, recursive: true });
      await writeFile(path, content);
      await chmod(path, 0o644);
      return path;
    },
    remove: () => rmSync(directory, { recursive: true, force: true }),
  };
}

function formatKey(key: SigningKey | undefined): readonly string[] {
  if (key === undefined) return [];
  const program = key.program === undefined ? [] : ["-c", `gpg.program=${key.program}`];
  return ["-c", `gpg.format=${key.format}`, "-c", `user.signingKey=${key.id}`, ...program];
}

export interface GpgFixture {
  /** The home directory of the keyring with all private keys. */
  readonly home: string;
  createKey(
    name: string,
    options?: { readonly createdAt?: string; readonly expires?: string },
  ): Promise<SigningKey>;
  /** Public keys, armored, each block ending in a line end. */
  exportKeys(...keys: readonly SigningKey[]): Promise<string>;
  exportPrivateKey(key: SigningKey): Promise<string>;
  /** The public key with its revocation. */
  revoke(key: SigningKey): Promise<string>;
  /** Ends the agent that gpg started. */
  stop(): Promise<void>;
}

const gpgArguments = ["--batch", "--quiet", "--no-tty", "--pinentry-mode", "loopback", "--passphrase", ""];

/** A keyring below the fixture's directory. `createdAt` is `20200101T000000`; its key signs as of that day. */
export async function createGpgFixture(fixture: SigningFixture): Promise<GpgFixture> {
  const home = join(fixture.directory, "gnupg");
  await mkdir(home, { mode: 0o700 });
  const gpg = (args: readonly string[], stdin = "", gnupgHome = home): Promise<string> =>
    checkCommand(["gpg", ...gpgArguments, ...args], {
      env: environment({ GNUPGHOME: gnupgHome }),
      stdin,
    }).then((output) => `${output}\n`);
  const revocationOf = async (key: SigningKey): Promise<string> => {
    const text = await readFile(join(home, "openpgp-revocs.d", `${key.id}.rev`), "utf8");
    return text.replace(":-----BEGIN", "-----BEGIN");
  };
  return {
    home,
    createKey: async (name, { createdAt, expires = "never" } = {}) => {
      const clock = createdAt === undefined ? [] : ["--faked-system-time", createdAt];
      const userId = `${name} <${name}@example.org>`;
      await gpg([...clock, "--quick-gen-key", userId, "ed25519", "sign", expires]);
      const listing = await gpg(["--with-colons", "--list-keys", userId]);
      const id = /^fpr:+([0-9A-F]+):/m.exec(listing)?.[1] ?? "";
      const program = await fixture.write(
        `gpg-as-${name}`,
        `#!/bin/sh\nexport GNUPGHOME='${home}'\nexec gpg ${[...gpgArguments.slice(0, -1), "''", ...clock].join(" ")} "$@"\n`,
      );
      await chmod(program, 0o755);
      return { format: "openpgp", id, program };
    },
    exportKeys: (...keys) => gpg(["--armor", "--export", ...keys.map(({ id }) => id)]),
    exportPrivateKey: (key) => gpg(["--armor", "--export-secret-keys", key.id]),
    revoke: async (key) => {
      const other = join(fixture.directory, "revoked");
      await mkdir(other, { mode: 0o700 });
      await gpg(["--import"], await gpg(["--armor", "--export", key.id]), other);
      await gpg(["--import"], await revocationOf(key), other);
      return gpg(["--armor", "--export", key.id], "", other);
    },
    stop: async () => {
      await checkCommand(["gpgconf", "--homedir", home, "--kill", "all"]);
    },
  };
}
