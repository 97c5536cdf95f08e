/** The files of a host in memory: what stands at each path, and the bytes of what the agent or a test has put there. */
import type { HostFile } from "../../../src/core/model/desired.ts";
import type { ObservedFile } from "../../../src/core/model/observed.ts";
import type { HostFilesPort } from "../../../src/core/ports/host.ts";
import { digestText } from "../values/scenario.ts";
import type { Effects } from "./effects.ts";

export class MemoryFiles {
  readonly entries = new Map<string, ObservedFile>();
  readonly #backups = new Map<string, ObservedFile>();
  readonly #bytes = new Map<string, Uint8Array>();
  readonly #effects: Effects;

  constructor(effects: Effects) {
    this.#effects = effects;
  }

  /** Somebody writes a file. */
  put(path: string, content: string): void {
    const bytes = new TextEncoder().encode(content);
    const digest = digestText(bytes);
    this.#bytes.set(digest, bytes);
    this.entries.set(path, { kind: "file", digest, mode: 0o644, owner: "root", group: "root" });
  }

  /** Null for what is no file. */
  readBytes(path: string): Uint8Array | null {
    const found = this.entries.get(path);
    return found?.kind === "file" ? (this.#bytes.get(found.digest) ?? null) : null;
  }

  readonly port: HostFilesPort = {
    observe: async (paths) =>
      new Map(paths.map((path) => [path, this.entries.get(path) ?? { kind: "absent" as const }])),
    read: async (path) => this.readBytes(path),
    list: async (directory) => this.#list(directory),
    resolveOwners: async () => undefined,
    resolvePlaces: async () => undefined,
    write: async (file) => {
      this.#effects.pass("write", file.path);
      if (file.kind === "file") this.#bytes.set(file.digest, file.bytes);
      this.entries.set(file.path, observeEntry(file));
    },
    setAccess: async (file) => {
      this.#effects.pass("write", file.path);
      this.entries.set(file.path, observeEntry(file));
    },
    remove: async (path) => {
      this.#effects.pass("remove", path);
      this.entries.delete(path);
    },
    backup: async (path) => {
      this.#effects.pass("backup", path);
      const copy = `/backups/${this.#backups.size}${path}`;
      this.#backups.set(copy, this.entries.get(path) ?? { kind: "absent" });
      return copy;
    },
    restore: async (path, original) => {
      this.#effects.pass("restore", path);
      if (original.kind === "absent") this.entries.delete(path);
      else if (original.kind === "link") {
        this.entries.set(path, { kind: "link", linkTarget: original.linkTarget });
      } else {
        const { copy, mode, owner, group } = original;
        const saved = this.#backups.get(copy);
        if (saved?.kind !== "file") throw new Error(`${copy} is no copy of a file`);
        this.entries.set(path, { ...saved, mode, owner, group });
      }
    },
  };

  #list(directory: string): readonly string[] {
    const prefix = `${directory}/`;
    const below = [...this.entries.keys()].filter((path) => path.startsWith(prefix));
    return [...new Set(below.map((path) => path.slice(prefix.length).split("/")[0] ?? ""))];
  }
}

function observeEntry(file: HostFile): ObservedFile {
  if (file.kind === "link") return { kind: "link", linkTarget: file.linkTarget };
  const { digest, mode, owner = "root", group = "root" } = file;
  return { kind: "file", digest, mode, owner, group };
}
