/** A directory for one test, and a HostFiles that works in it at a time of the test's choosing. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, expect } from "vitest";
import type { FileEntry, LinkEntry } from "../../../src/core/model/desired.ts";
import { AgentError } from "../../../src/core/model/errors.ts";
import type { ObservedFile } from "../../../src/core/model/observed.ts";
import { HostFiles } from "../../../src/host/host-files.ts";
import { digestBytes } from "../../../src/lib/digest.ts";

export const isRoot = process.getuid?.() === 0;
/** The time at the beginning of each test. */
export const startMs = Date.UTC(2026, 10, 20, 8, 30);

export class TemporaryHost {
  root = "";
  timeMs = startMs;
  host = this.#open();

  /** Makes the directory before each test of the file, and removes it after the test. */
  static forEachTest(): TemporaryHost {
    const place = new TemporaryHost();
    beforeEach(async () => {
      place.root = await mkdtemp(path.join(tmpdir(), "host-"));
      place.timeMs = startMs;
      place.host = place.#open();
    });
    afterEach(async () => {
      await rm(place.root, { recursive: true });
    });
    return place;
  }

  readonly at = (name: string): string => path.join(this.root, name);

  readonly fileAt = (name: string, text: string, rest: Partial<FileEntry> = {}): FileEntry => {
    const bytes = Buffer.from(text);
    const base = { role: "file", origin: `files/${name}`, unit: null, kind: "file", mode: 0o644 } as const;
    return { ...base, path: this.at(name), bytes, digest: digestBytes(bytes), ...rest };
  };

  readonly linkAt = (name: string, linkTarget: string): LinkEntry => ({
    role: "mask",
    origin: name,
    unit: null,
    kind: "link",
    path: this.at(name),
    linkTarget,
  });

  readonly observeOne = async (name: string): Promise<ObservedFile | undefined> =>
    (await this.host.observe([this.at(name)])).get(this.at(name));

  #open(): HostFiles {
    return new HostFiles({ backupDirectory: path.join(this.root, "backups"), now: () => this.timeMs });
  }
}

/** The error of what HostFiles must refuse. */
export async function refusalOf(promise: Promise<unknown>): Promise<AgentError> {
  const error: unknown = await promise.then(
    () => new Error("nothing was refused"),
    (reason: unknown) => reason,
  );
  if (!(error instanceof AgentError)) throw error;
  expect(error.code).toBe("host-write-failed");
  return error;
}
