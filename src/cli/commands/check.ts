/** `gitops-agent check DIR`: the mistakes of a repository on disk, for every host in it. Needs no systemd and no root. */
import { stat } from "node:fs/promises";
import { buildDesired } from "../../core/desired.ts";
import { AgentError, type Diagnostic, ExitCode, hasErrors } from "../../core/errors.ts";
import { isWantedPath } from "../../core/layers.ts";
import type { RepositoryConfig, Snapshot } from "../../core/state.ts";
import { digestBytes } from "../../lib/digest.ts";
import { readRepositoryOnDisk } from "../compose-files.ts";
import { readScreen, writeJson, writeText } from "../output.ts";
import { type CheckedHost, renderCheck } from "../render/check.ts";

export async function runCheck(directory: string, options: { readonly json: boolean }): Promise<ExitCode> {
  await requireDirectory(directory);
  const { snapshot, config, diagnostics } = await readRepositoryOnDisk(directory);
  const checked =
    config === null ? [] : listHosts(snapshot, config).map((host) => checkHost(snapshot, config, host));
  const all = dropRepeats([...diagnostics, ...checked.flatMap((host) => host.diagnostics)]);
  const hosts = checked.map(({ diagnostics: _, ...host }) => host);
  if (options.json) writeJson({ version: 1, hosts, diagnostics: all });
  else writeText(renderCheck(hosts, all, readScreen()));
  return hasErrors(all) ? ExitCode.usage : ExitCode.inSync;
}

async function requireDirectory(directory: string): Promise<void> {
  const found = await stat(directory).catch(() => null);
  if (found?.isDirectory() === true) return;
  throw new AgentError("usage", `${directory} is not a directory`, { hint: "name the top of a repository" });
}

/** The hosts that gitops.yaml lists or that have a directory; without any, the one nameless host that gets it all. */
function listHosts(snapshot: Snapshot, config: RepositoryConfig): readonly string[] {
  const directories = [...snapshot.files.keys()].flatMap((path) => /^hosts\/([^/]+)\//.exec(path)?.[1] ?? []);
  const hosts = [...new Set([...config.hosts.keys(), ...directories])].sort();
  return hosts.length > 0 ? hosts : ["localhost"];
}

function checkHost(
  snapshot: Snapshot,
  config: RepositoryConfig,
  host: string,
): CheckedHost & { readonly diagnostics: readonly Diagnostic[] } {
  const files = new Map([...snapshot.files].filter(([path]) => isWantedPath(config, host, path)));
  const { desired, diagnostics } = buildDesired({
    snapshot: { ...snapshot, files },
    config,
    host,
    paths: {
      unitDirectory: "/etc/systemd/system",
      quadletDirectory: "/etc/containers/systemd",
      stateDirectory: "/var/lib/gitops-agent",
      runtimeDirectory: "/run/gitops-agent",
      credentialsPath: "/run/gitops-agent/credentials/current",
    },
    secrets: new Map(),
    digestBytes,
  });
  return {
    host,
    units: desired.units.size,
    files: [...desired.files.values()].filter(({ role }) => role === "file").length,
    secrets: desired.credentials.length,
    diagnostics,
  };
}

/** What lies in a shared layer is a mistake once, not once a host. */
function dropRepeats(diagnostics: readonly Diagnostic[]): readonly Diagnostic[] {
  const identify = ({ file, line, code, message }: Diagnostic) => `${file}:${line}:${code}:${message}`;
  return [...new Map(diagnostics.map((diagnostic) => [identify(diagnostic), diagnostic])).values()];
}
