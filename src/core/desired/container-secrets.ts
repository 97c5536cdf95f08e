/**
 * Gives a container the secrets that its quadlet asks for by Secret=, when they are in the repository. podman would copy a
 * secret of its own below /var/lib/containers, whatever driver it has it from, and the value of a variable into the
 * configuration of the container there (measured with 5.4). So the container gets a file in memory at the same place instead.
 * Pure; handles names and paths only.
 */
import type { Diagnostic } from "../model/errors.ts";
import type { HostLayout } from "../model/host-layout.ts";
import type { SnapshotFile } from "../model/snapshot.ts";
import { mergeSettings } from "../units/definition.ts";

/** Lines for the sections of the quadlet's drop-in. */
export interface ContainerSecretLines {
  readonly container: readonly string[];
  readonly service: readonly string[];
}

export const noSecretLines: ContainerSecretLines = { container: [], service: [] };

export interface ContainerSecretInput {
  /** The quadlet and those of its drop-ins that come before the generated one, in their order. */
  readonly files: readonly SnapshotFile[];
  /** Names of the credentials that the quadlet has. */
  readonly names: ReadonlySet<string>;
  /** Where the copies for containers lie; in memory, and closed to others than the agent's user. */
  readonly directory: string;
  /** Without root, a container's root is the user, and only to that a copy can belong. */
  readonly manager: HostLayout["manager"];
}

/**
 * An empty Secret= drops all that the quadlet asks for. Those that the repository does not have are asked for again, and for the
 * others there is a volume.
 *
 * @returns no lines when the quadlet asks for none of the credentials
 */
export function buildContainerSecrets({ files, names, directory, manager }: ContainerSecretInput): {
  readonly lines: ContainerSecretLines;
  readonly diagnostics: readonly Diagnostic[];
} {
  const { settings, locations } = mergeSettings(files);
  const asked = (settings["Container.Secret"] ?? []).flatMap((value, index) => {
    const place = locations["Container.Secret"]?.[index] ?? "";
    return value.split(/\s+/).flatMap((text) => (text === "" ? [] : [{ text, place }]));
  });
  const own = asked.filter(({ text }) => names.has(nameOf(text)));
  if (own.length === 0) return { lines: noSecretLines, diagnostics: [] };
  const others = asked.filter((one) => !own.includes(one)).map(({ text }) => `Secret=${text}`);
  const copies = `${directory}/%N`;
  const container = ["Secret=", ...others];
  const service: string[] = [];
  const diagnostics: Diagnostic[] = [];
  for (const [index, { text, place }] of own.entries()) {
    const secret = readSecret(text, manager);
    if (typeof secret === "string") diagnostics.push(refuse(place, text, secret));
    else {
      const copy = `${copies}/${index}`;
      const { name, target, uid, gid, mode } = secret;
      container.push(`Volume=${copy}:${target}:ro`);
      const owner = manager === "system" ? ` -o ${uid} -g ${gid}` : "";
      service.push(`ExecStartPre=/usr/bin/install -D -m ${mode}${owner} %d/${name} ${copy}`);
    }
  }
  return {
    lines: { container, service: [...service, `ExecStopPost=-/usr/bin/rm -rf ${copies}`] },
    diagnostics,
  };
}

interface ContainerSecret {
  readonly name: string;
  /** Absolute path in the container. */
  readonly target: string;
  readonly uid: string;
  readonly gid: string;
  readonly mode: string;
}

const patterns: Readonly<Record<string, RegExp>> = {
  source: /./,
  type: /^mount$/,
  target: /^[A-Za-z0-9_.@+/-]+$/,
  uid: /^\d+$/,
  gid: /^\d+$/,
  mode: /^[0-7]{3,4}$/,
};

/** Reads `name,option=value,…` with podman's defaults (podman-run(1), --secret); a text says what cannot be done. */
function readSecret(text: string, manager: HostLayout["manager"]): ContainerSecret | string {
  const options = readOptions(text);
  if (options.get("type") === "env") {
    return "podman would write the value of a variable to the disk, in the configuration of the container";
  }
  for (const [key, value] of options) {
    if (patterns[key]?.test(value) !== true)
      return `the option ${key}=${value} is not known for secrets of git`;
  }
  const name = nameOf(text);
  const target = options.get("target") ?? name;
  const [uid = "0", gid = "0"] = [options.get("uid"), options.get("gid")];
  if (manager === "user" && (uid !== "0" || gid !== "0")) {
    return "without root it can belong to the container's root only: leave uid and gid out";
  }
  return {
    name,
    target: target.startsWith("/") ? target : `/run/secrets/${target}`,
    uid,
    gid,
    mode: options.get("mode") ?? "0444",
  };
}

function nameOf(text: string): string {
  return readOptions(text).get("source") ?? "";
}

/** The name may stand alone in front, without `source=`. */
function readOptions(text: string): ReadonlyMap<string, string> {
  return new Map(
    text.split(",").map((part, index) => {
      const equals = part.indexOf("=");
      if (equals < 0) return [index === 0 ? "source" : part, index === 0 ? part : ""] as const;
      return [part.slice(0, equals), part.slice(equals + 1)] as const;
    }),
  );
}

function refuse(place: string, text: string, why: string): Diagnostic {
  const [, file = place, line] = /^(.*):(\d+)$/.exec(place) ?? [];
  return {
    severity: "error",
    code: "secret-undeliverable",
    file,
    ...(line === undefined ? {} : { line: Number(line) }),
    message: `Secret=${text}: ${why}`,
    hint: "let the program read a file: Secret=NAME, with target=, uid=, gid= and mode= if need be",
  };
}
