/** `gitops-agent check DIR`: the mistakes of a repository on disk, for every host in it. Needs no root, and of
 * systemd only systemd-analyze; without that it says what it could not check. */
import { stat } from "node:fs/promises";
import { findEmptiness, findRoleMistakes } from "../../core/check/layout.ts";
import {
  formatSuggestion,
  isDefaultLayout,
  listUserUnits,
  suggestLayout,
  withSuggestion,
} from "../../core/check/suggest.ts";
import { findUnmatchedRules } from "../../core/check/validate.ts";
import { secretFormats } from "../../core/desired/age-format.ts";
import { buildDesired } from "../../core/desired/build-desired.ts";
import { isWantedPath, listHosts } from "../../core/desired/layers.ts";
import { listUnmentioned } from "../../core/desired/unmentioned.ts";
import type { Desired } from "../../core/model/desired.ts";
import { AgentError, type Diagnostic, dropRepeats, ExitCode, hasErrors } from "../../core/model/errors.ts";
import { guessLayout, type ManagerScope } from "../../core/model/manager-scope.ts";
import type { RepositoryConfig } from "../../core/model/rules.ts";
import type { Snapshot } from "../../core/model/snapshot.ts";
import { digestBytes } from "../../lib/digest.ts";
import { explainSystemError } from "../../lib/system-error.ts";
import { readRepositoryOnDisk, readUnitsOnDisk } from "../compose-files.ts";
import { validateAnywhere } from "../compose-validate.ts";
import { readScreen, writeJson, writeText } from "../output.ts";
import { type CheckedHost, renderCheck, renderSuggestion } from "../render/check.ts";

export interface CheckOptions {
  readonly json: boolean;
  readonly verbose: boolean;
  /** Whether to propose a layout, and to check the repository with it. */
  readonly suggest: boolean;
  /** Whose units those are whose host does not say; a host such as alice@media is a user's. */
  readonly manager: ManagerScope["manager"];
}

export async function runCheck(directory: string, options: CheckOptions): Promise<ExitCode> {
  await requireDirectory(directory);
  const units = options.suggest ? [...(await readUnitsOnDisk(directory)).files.values()] : [];
  const suggestion = suggestLayout(units);
  const { snapshot, config, diagnostics } = await readRepositoryOnDisk(directory, (written) =>
    suggestion === null ? written : withSuggestion(written, suggestion),
  );
  const hosts: HostCheck[] = [];
  if (config !== null) {
    const named = listHosts(snapshot, config);
    // When no hosts are named, the repository is checked for one unnamed host, which gets all files.
    for (const host of named.length > 0 ? named : ["localhost"])
      hosts.push(await checkHost(snapshot, config, host, options.manager));
  }
  const unmatched =
    config === null
      ? []
      : findUnmatchedRules(
          config,
          hosts.map(({ desired }) => desired),
        ).concat(findRoleMistakes(config, snapshot.files.keys()));
  // A mistake in a shared layer is reported once, not once for each host.
  const all = dropRepeats([...diagnostics, ...hosts.flatMap((host) => host.diagnostics), ...unmatched]);
  const unmentioned = listUnmentionedAnywhere(hosts.map(({ desired }) => desired));
  const counts = hosts.map(({ desired }) => countHost(desired));
  const passedOver = [...new Set(hosts.flatMap(({ desired }) => desired.passedOver))].sort();
  const { json, verbose } = options;
  const proposal = suggestion === null || isDefaultLayout(suggestion) ? null : formatSuggestion(suggestion);
  if (json) writeJson({ version: 1, hosts: counts, diagnostics: all, unmentioned, passedOver, proposal });
  else {
    if (options.suggest) writeText(renderSuggestion(suggestion, proposal, listUserUnits(units)));
    writeText(renderCheck(counts, all, { ...readScreen(), unmentioned, passedOver, verbose }));
  }
  return hasErrors(all) ? ExitCode.usage : ExitCode.inSync;
}

async function requireDirectory(directory: string): Promise<void> {
  const hint = "name the top of a repository";
  const found = await stat(directory).catch((cause: unknown) => {
    const { what } = explainSystemError(cause);
    throw new AgentError("usage", `cannot read ${directory}: ${what}`, { hint, cause });
  });
  if (!found.isDirectory()) throw new AgentError("usage", `${directory} is not a directory`, { hint });
}

interface HostCheck {
  readonly desired: Desired;
  readonly diagnostics: readonly Diagnostic[];
}

/** systemd checks only when our own checks found no error: it would repeat the same mistakes in its own words. */
async function checkHost(
  snapshot: Snapshot,
  config: RepositoryConfig,
  host: string,
  manager: ManagerScope["manager"],
): Promise<HostCheck> {
  const files = new Map([...snapshot.files].filter(([path]) => isWantedPath(config, host, path)));
  const { desired, diagnostics } = buildDesired({
    snapshot: { ...snapshot, files },
    config,
    host,
    // The repository is checked without a host, so the default directories are used.
    layout: guessLayout(host, manager),
    formats: secretFormats,
    secrets: new Map(),
    digestBytes,
    hostUnits: null,
  });
  if (hasErrors(diagnostics)) return { desired, diagnostics };
  const found = await validateAnywhere(desired, new AbortController().signal);
  return { desired, diagnostics: [...diagnostics, ...findEmptiness(desired, config), ...found] };
}

/**
 * The files that no unit of any host mentions. A file that a unit of one host mentions is not reported for the
 * others.
 */
function listUnmentionedAnywhere(hosts: readonly Desired[]): readonly string[] {
  const units = hosts.flatMap((desired) => [...desired.units.values()]);
  return listUnmentioned(new Map(hosts.flatMap(({ files }) => [...files])), units);
}

function countHost(desired: Desired): CheckedHost {
  return {
    host: desired.host,
    units: desired.units.size,
    files: [...desired.files.values()].filter(({ role }) => role === "file").length,
    secrets: desired.credentials.length,
  };
}
