/**
 * Writes decrypted credentials where LoadCredential= finds them: in whole generations, with a symlink `current` that is
 * switched from one to the next. Must write only to memory, and must not know which generation is needed.
 *
 *     <runtime>/credentials/20261120T083000.123Z-5f0c…/<unit>/<name>      0400 in directories of 0700
 *     <runtime>/credentials/current -> 20261120T083000.123Z-5f0c…
 *
 * credential-directory.ts checks that the directory is in memory; swap-risk.ts, whether it can be swapped out.
 */
import { randomBytes } from "node:crypto";
import { lstatSync } from "node:fs";
import { lstat, mkdir, readdir, readlink, rename, rm } from "node:fs/promises";
import path from "node:path";
import type { DesiredCredential } from "../../core/model/desired.ts";
import { AgentError } from "../../core/model/errors.ts";
import type { HostLayout } from "../../core/model/host-layout.ts";
import { credentialKey } from "../../core/model/secret-format.ts";
import type { AlteredCredential, CredentialStorePort, Plaintext } from "../../core/ports/secrets.ts";
import { isTemporaryName, replaceSymlinkAtomically, writeNewFile } from "../../lib/atomic-file.ts";
import { readBoundedFile, UnsuitableFileError } from "../../lib/bounded-file.ts";
import { mapConcurrently } from "../../lib/concurrency.ts";
import { describeFailedCall, errnoOf, ifAbsent, ifErrno } from "../../lib/system-error.ts";
import { plaintextLimitBytes } from "../formats/limits.ts";
import { AlteredFinder, type CheckedCredential, credentialMode } from "./altered.ts";
import { prepareCredentialDirectory } from "./credential-directory.ts";
import { refuseUndeliverable } from "./credential-names.ts";

const generationName = /^\d{8}T\d{6}\.\d{3}Z-[0-9a-f]{16}$/;
const unfinishedPrefix = ".unfinished-";
const writeConcurrency = 8;

export interface CredentialStoreOptions {
  /** The directory must be on tmpfs or ramfs, and the path must be in it. */
  readonly layout: Pick<HostLayout, "credentialDirectory" | "credentialsPath" | "stateDirectory">;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
}

/** One process at a time may write (the agent's lock). */
export class CredentialStore implements CredentialStorePort {
  readonly #currentPath: string;
  readonly #directory: string;
  readonly #now: () => number;
  readonly #altered: AlteredFinder;

  constructor({ layout, now }: CredentialStoreOptions) {
    this.#directory = layout.credentialDirectory;
    this.#currentPath = layout.credentialsPath;
    this.#now = now;
    this.#altered = new AlteredFinder({ stateDirectory: layout.stateDirectory, now });
  }

  /** The generation gets its name only when it is complete. */
  async writeGeneration(secrets: readonly Plaintext[]): Promise<string> {
    refuseUndeliverable(secrets);
    await prepareCredentialDirectory(this.#directory);
    const time = new Date(this.#now()).toISOString().replace(/[-:]/g, "");
    const generation = `${time}-${randomBytes(8).toString("hex")}`;
    const unfinished = path.join(this.#directory, unfinishedPrefix + generation);
    try {
      await writeTree(unfinished, secrets);
      await rename(unfinished, path.join(this.#directory, generation));
    } catch (error) {
      await rm(unfinished, { recursive: true, force: true }).catch(() => undefined);
      throw this.#writeError("write credentials below", error);
    }
    return generation;
  }

  async activate(generation: string): Promise<void> {
    if (!generationName.test(generation)) throw new Error(`not a generation: ${JSON.stringify(generation)}`);
    await prepareCredentialDirectory(this.#directory);
    if (!(await this.#hasGeneration(generation))) {
      throw new AgentError(
        "host-write-failed",
        `the credentials ${generation} are gone from ${this.#directory}`,
        {
          subject: this.#currentPath,
          hint: "sync again: the agent then writes them anew",
        },
      );
    }
    try {
      await replaceSymlinkAtomically(this.#currentPath, generation);
    } catch (error) {
      throw this.#writeError("switch credentials in", error);
    }
  }

  /**
   * Name of the generation that `current` points to; null when there is no link, or the generation no longer exists.
   * @throws AgentError `credential-store-unsafe` when `current` is not a link that the agent makes
   */
  async readCurrent(): Promise<string | null> {
    const target = await this.#readCurrentLink();
    return target !== null && (await this.#hasGeneration(target)) ? target : null;
  }

  async readComplete(
    credentials: readonly Pick<DesiredCredential, "unit" | "name">[],
  ): Promise<string | null> {
    const generation = await this.readCurrent();
    if (generation === null) return null;
    const root = path.join(this.#directory, generation);
    // Synchronous, because it is called at every poll and file systems in memory answer at once.
    return credentials.every(({ unit, name }) => isFile(path.join(root, unit, name))) ? generation : null;
  }

  async findAltered(
    credentials: readonly CheckedCredential[],
  ): Promise<ReadonlyMap<string, AlteredCredential>> {
    if (credentials.length === 0) return new Map();
    const generation = await this.readCurrent();
    if (generation === null) return new Map(credentials.map((one) => [credentialKey(one), "missing"]));
    return this.#altered.find(path.join(this.#directory, generation), credentials);
  }

  /**
   * Plaintext of a credential of the `current` generation; null when there is none, or it is not a file that the
   * agent made. The caller must compare its digest, because root may have altered the file.
   */
  async read(unit: string, name: string): Promise<Uint8Array | null> {
    const generation = await this.readCurrent();
    if (generation === null) return null;
    const file = path.join(this.#directory, generation, unit, name);
    try {
      return (await readBoundedFile(file, { limitBytes: plaintextLimitBytes, symlink: "refuse" })).bytes;
    } catch (error) {
      if (error instanceof UnsuitableFileError || errnoOf(error) !== undefined) return null;
      throw error;
    }
  }

  /**
   * Also removes `current` if the generation that it points to is removed. Files are only unlinked, not overwritten:
   * the kernel zeroes freed memory before another process gets it, and overwriting would break a service that is
   * reading just then.
   */
  async removeOthers(keep: readonly string[]): Promise<void> {
    const kept = new Set(keep);
    try {
      const target = await this.#readCurrentLink();
      if (target !== null && !kept.has(target)) await rm(this.#currentPath, { force: true });
      for (const name of await readdir(this.#directory).catch(ifAbsent([]))) {
        const isStale = name.startsWith(unfinishedPrefix) || isTemporaryName(name);
        if (!isStale && (!generationName.test(name) || kept.has(name))) continue;
        await rm(path.join(this.#directory, name), { recursive: true, force: true });
      }
    } catch (error) {
      throw this.#writeError("remove old credentials below", error);
    }
  }

  async #hasGeneration(generation: string): Promise<boolean> {
    const found = await lstat(path.join(this.#directory, generation)).catch(ifAbsent(null));
    return found?.isDirectory() === true;
  }

  async #readCurrentLink(): Promise<string | null> {
    const noLink = "";
    const target = await readlink(this.#currentPath)
      .catch(ifAbsent(null))
      .catch(ifErrno(["EINVAL"], noLink));
    if (target === null || generationName.test(target)) return target;
    throw new AgentError("credential-store-unsafe", `${this.#currentPath} was not made by the agent`, {
      subject: this.#currentPath,
      hint: `find out who made it, then remove it and sync again`,
    });
  }

  #writeError(verb: string, cause: unknown): AgentError {
    if (cause instanceof AgentError) return cause;
    return new AgentError("host-write-failed", ...describeFailedCall(verb, this.#directory, cause));
  }
}

async function writeTree(root: string, secrets: readonly Plaintext[]): Promise<void> {
  await mkdir(root, { mode: 0o700 });
  for (const unit of new Set(secrets.map((secret) => secret.unit))) {
    await mkdir(path.join(root, unit), { mode: 0o700 });
  }
  await mapConcurrently(secrets, writeConcurrency, ({ unit, name, bytes }) =>
    writeNewFile(path.join(root, unit, name), bytes, { mode: credentialMode }),
  );
}

function isFile(file: string): boolean {
  try {
    return lstatSync(file, { throwIfNoEntry: false })?.isFile() === true;
  } catch {
    return false;
  }
}
