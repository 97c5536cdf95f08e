/** What a simulated systemd has loaded: the definitions that stood on the host at its last daemon-reload. */
import type { Ties } from "../../../src/core/model/observed.ts";
import type { SnapshotFile } from "../../../src/core/model/snapshot.ts";
import { isPassing } from "../../../src/core/units/activity.ts";
import { mergeSettings, type Settings } from "../../../src/core/units/definition.ts";
import { readTies } from "../../../src/core/units/ties.ts";
import {
  isQuadletName,
  isTemplateName,
  parseInstance,
  serviceOfQuadlet,
} from "../../../src/core/units/unit-name.ts";
import { unitDirectory } from "../values/scenario.ts";
import type { MemoryFiles } from "./memory-files.ts";

const maskTarget = "/dev/null";

/** In the order in which a later one replaces an earlier one. */
const directories = ["/usr/lib/systemd/system", "/etc/containers/systemd", unitDirectory];

/** What stands on the host for one unit, quadlet or template. */
interface Sources {
  readonly fragment: string | null;
  readonly dropIns: readonly string[];
  /** Equal for equal paths with equal contents. */
  readonly fingerprint: string;
}

export class LoadedUnits {
  #settings: ReadonlyMap<string, Settings> = new Map();
  #sources: ReadonlyMap<string, Sources> = new Map();

  /** A daemon-reload. What lies behind a symlink is not read: it masks, or leads to a unit file of somebody else. */
  load(files: MemoryFiles): void {
    this.#sources = findSources(files);
    this.#settings = new Map(
      [...this.#sources].map(([name, { fragment, dropIns }]) => {
        const paths = [...(fragment === null ? [] : [fragment]), ...dropIns];
        return [name, mergeSettings(paths.flatMap((path) => readText(files, path))).settings];
      }),
    );
  }

  /** Of the given units those whose files are others than when they were loaded. */
  findOutdated(files: MemoryFiles, names: readonly string[]): ReadonlySet<string> {
    const now = findSources(files);
    const isOutdated = (name: string) => now.get(name)?.fingerprint !== this.#sources.get(name)?.fingerprint;
    return new Set(
      names.filter((name) => isOutdated(name) || isOutdated(parseInstance(name)?.template ?? "")),
    );
  }

  /** Drop-ins alone define no unit: they extend one that a test has told systemd of. */
  defines(name: string): boolean {
    const template = parseInstance(name)?.template ?? "";
    return [name, template].some((one) => (this.#sources.get(one)?.fragment ?? null) !== null);
  }

  isMasked(name: string): boolean {
    return this.#sources.get(name)?.fragment === maskTarget;
  }

  /** Whether it is never active while it works. */
  isPassing(name: string): boolean {
    const settings = this.#find(name);
    return (
      settings !== undefined && isPassing({ name, definition: { settings, credentials: {}, files: {} } })
    );
  }

  /** @param known names of units in memory: instances among them have the ties of their templates */
  readTies(known: Iterable<string>): Ties {
    const names = new Set([...this.#settings.keys(), ...known]);
    return readTies(
      new Map(
        [...names].flatMap((name) => {
          const settings = isTemplateName(name) ? undefined : this.#find(name);
          return settings === undefined ? [] : [[name, settings] as const];
        }),
      ),
    );
  }

  #find(name: string): Settings | undefined {
    return this.#settings.get(name) ?? this.#settings.get(parseInstance(name)?.template ?? "");
  }
}

function findSources(files: MemoryFiles): ReadonlyMap<string, Sources> {
  const found = new Map<string, { fragment: string | null; dropIns: string[]; fingerprint: string }>();
  for (const directory of directories) {
    for (const [path, entry] of files.entries) {
      if (!path.startsWith(`${directory}/`)) continue;
      const [name = "", file, ...deeper] = path.slice(directory.length + 1).split("/");
      const isDropIn = file !== undefined && name.endsWith(".d") && file.endsWith(".conf");
      if (deeper.length > 0 || (file !== undefined && !isDropIn)) continue;
      const unit = unitOf(isDropIn ? name.slice(0, -".d".length) : name);
      const sources = found.get(unit) ?? { fragment: null, dropIns: [], fingerprint: "" };
      if (isDropIn) sources.dropIns = [...sources.dropIns, path].sort();
      else sources.fragment = entry.kind === "link" && entry.linkTarget === maskTarget ? maskTarget : path;
      sources.fingerprint += `${path}=${"digest" in entry ? entry.digest : ""} `;
      found.set(unit, sources);
    }
  }
  return found;
}

/** Nothing for what is no file. */
function readText(files: MemoryFiles, path: string): readonly SnapshotFile[] {
  const bytes = files.readBytes(path);
  return bytes === null ? [] : [{ path, mode: "file", bytes, blob: "" }];
}

function unitOf(name: string): string {
  return isQuadletName(name) ? serviceOfQuadlet(name) : name;
}
