/**
 * The files beside quadlets that quadlets use: environment files, configuration, a Containerfile, the YAML of a pod. They are
 * placed beside the quadlets on the host when a unit mentions them; nothing else of the unit directories is. Pure.
 */
import type { DesiredUnit } from "../model/desired.ts";
import type { Diagnostic } from "../model/errors.ts";
import type { SnapshotFile } from "../model/snapshot.ts";
import type { Settings } from "../units/definition.ts";
import type { Quadlets } from "./quadlets.ts";
import type { UnitLayer } from "./unit-layer.ts";

/** The paths that files beside the quadlets would have on the host; none without a quadlet. */
export function listQuadletData(
  { others }: Pick<UnitLayer, "others">,
  quadlets: Quadlets,
  quadletDirectory: string,
): ReadonlyMap<string, SnapshotFile> {
  if (quadlets.size === 0) return new Map();
  return new Map([...others].map(([relative, file]) => [`${quadletDirectory}/${relative}`, file]));
}

/** Those of the files that a unit mentions. */
export function selectMentioned(
  data: ReadonlyMap<string, SnapshotFile>,
  units: ReadonlyMap<string, DesiredUnit>,
): ReadonlyMap<string, SnapshotFile> {
  const mentioned = new Set([...units.values()].flatMap(({ definition }) => Object.keys(definition.files)));
  return new Map([...data].filter(([path]) => mentioned.has(path)));
}

/** Refuses links beside quadlets: what such a link leads to may be a file that no unit mentions, which the host does not get. */
export function refuseLinks(data: ReadonlyMap<string, SnapshotFile>): readonly Diagnostic[] {
  return [...data.values()]
    .filter(({ mode }) => mode === "symlink")
    .map(({ path }) => ({
      severity: "error",
      code: "file-refused",
      file: path,
      message: "is a symlink beside a quadlet",
      hint: "commit the file itself, or let the quadlet name the file that the link points to",
    }));
}

/** Keys whose value is a path, relative to the directory of the quadlet (podman-systemd.unit(5)). */
const pathKeys = /^(?:Container|Kube|Build)\.(?:EnvironmentFile|Yaml|ConfigMap|File)$/;
const workingDirectory = /^(?:Kube|Build)\.SetWorkingDirectory$/;

/**
 * The settings of a quadlet, with its relative paths made absolute as podman's generator makes them.
 *
 * @param directory of the quadlet on the host, absolute
 */
export function resolveQuadletPaths(settings: Settings, directory: string): Settings {
  const file = settings["Build.File"]?.at(-1) ?? settings["Kube.Yaml"]?.at(-1) ?? "";
  const resolve = (name: string, value: string): string => {
    if (workingDirectory.test(name)) return resolveWorkingDirectory(value, file, directory);
    if (pathKeys.test(name))
      return value
        .split(/\s+/)
        .map((word) => absolute(word, directory))
        .join(" ");
    if (name.endsWith(".Volume"))
      return value.replace(/^"?(\.[^:]*)/, (_, path) => absolute(path, directory));
    if (name.endsWith(".Mount")) {
      return value.replace(/(?<=\b(?:source|src)=)\.[^,]*/g, (path) => absolute(path, directory));
    }
    return value;
  };
  return Object.fromEntries(
    Object.entries(settings).map(([name, values]) => [name, values.map((value) => resolve(name, value))]),
  );
}

/** `unit` means the directory of the quadlet, `file` and `yaml` the one of the file that it names; or a directory. */
function resolveWorkingDirectory(value: string, file: string, directory: string): string {
  if (value === "unit") return directory;
  if (value === "file" || value === "yaml") return absolute(`${file}/..`, directory);
  return absolute(value, directory);
}

/** A path that begins with a slash or a specifier is none that the generator changes. */
function absolute(path: string, directory: string): string {
  const bare = path.replaceAll('"', "");
  if (bare === "" || bare.startsWith("/") || bare.startsWith("%") || bare.includes("://")) return path;
  const parts: string[] = [];
  for (const part of `${directory}/${bare}`.split("/")) {
    if (part === "..") parts.pop();
    else if (part !== "." && part !== "") parts.push(part);
  }
  return `/${parts.join("/")}`;
}
